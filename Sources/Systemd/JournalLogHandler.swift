import Glibc
public import Logging

/// Log lines on standard error: `level: message key=value …`, with a `<priority>` prefix where journald reads them.
public struct JournalLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let forJournal: Bool

    public init() {
        forJournal = getenv("JOURNAL_STREAM") != nil
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = forJournal ? "<\(event.level.journalPriority)>" : "\(event.level): "
        line += "\(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { _, given in given }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted("\(value)"))" }
        line += "\n"
        var octets = Array(line.utf8)[...]
        while !octets.isEmpty && Self.canWrite {  // nobody reads: forwarding goes on
            let count = octets.prefix(Self.portion).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            octets = octets.dropFirst(count)
        }
    }

    /// A pipe that is ready takes that much at once, so that no write ever waits for a reader (pipe(7), PIPE_BUF).
    private static let portion = 4096

    private static var canWrite: Bool {
        var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&errors, 1, 0) > 0 && errors.revents & Int16(POLLOUT) != 0
    }

    /// Quotes what holds spaces or quotes, and shows control characters (a name may come from outside) as escapes.
    private static func quoted(_ value: String) -> String {
        if !value.isEmpty && value.unicodeScalars.allSatisfy({ $0.value > 32 && $0 != "\"" && $0.value != 127 }) {
            return value
        }
        return value.debugDescription
    }
}

extension Logger.Level {
    /// sd-daemon(3): the priorities of syslog.
    fileprivate var journalPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
