import Logging
import Synchronization
import Systemd
import Testing
import Timing

@Suite("Log lines that outsiders can provoke")
struct RateLimitedLogTests {
    enum Topic { case refusal, warning }

    private let start = Instant(nanoseconds: 1_000_000_000)

    @Test("a flood of one topic is a few lines, and what was left out is counted later")
    func flood() {
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines }
        var log = RateLimitedLog<Topic>(burst: 3, interval: .seconds(60))
        for number in 0..<1000 {
            log.log(.refusal, "line \(number)", at: start + .milliseconds(number), to: logger)
        }
        #expect(lines.all == ["line 0", "line 1", "line 2"])
        log.log(.refusal, "later", at: start + .seconds(61), to: logger)
        #expect(lines.all.last == "later omitted=997")
        log.log(.refusal, "and again", at: start + .seconds(62), to: logger)
        #expect(lines.all.last == "and again")
    }

    @Test("topics do not take each other's lines")
    func topics() {
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in lines }
        var log = RateLimitedLog<Topic>(burst: 1)
        let logged = (0..<2).map { _ in log.log(.refusal, "refused", at: start, to: logger) }
        #expect(logged == [true, false])
        log.log(.warning, "warned", metadata: ["pid": "7"], at: start, to: logger)
        #expect(lines.all == ["refused", "warned pid=7"])
    }
}

private final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        var line = "\(event.message)"
        for (key, value) in event.metadata ?? [:] { line += " \(key)=\(value)" }
        lines.withLock { $0.append(line) }
    }
}
