import Logging
import Synchronization

/// How many lines were logged.
final class LineCount: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}

/// A log that is only counted.
func countingLog() -> (LineCount, Logger) {
    let count = LineCount()
    return (count, Logger(label: "test") { _ in CountingHandler(count: count) })
}

private struct CountingHandler: LogHandler {
    let count: LineCount
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { count.add() }
}
