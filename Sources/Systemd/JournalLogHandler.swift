import Glibc
public import Logging

/// Log lines on standard error: `time level: message key=value …`, or with a `<priority>` in front where journald reads
/// them, which notes the time itself.
public struct JournalLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let forJournal: Bool
    private let write: @Sendable (_ line: String) -> Void

    /// - Parameter write: takes each line with its end, from any thread; nil: it goes to standard error.
    public init(write: (@Sendable (_ line: String) -> Void)? = nil) {
        forJournal = Self.isJournal
        self.write = write ?? Self.writeToStandardError
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = forJournal ? "<\(event.level.journalPriority)>" : "\(LogTime.now) \(event.level): "
        line += "\(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { _, given in given }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted("\(value)"))" }
        write(line + "\n")
    }

    private static func writeToStandardError(_ line: String) {
        var octets = Array(line.utf8)[...]
        while !octets.isEmpty && canWrite {  // nobody reads: forwarding goes on
            let count = octets.prefix(portion).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            octets = octets.dropFirst(count)
        }
    }

    /// A pipe that is ready takes that much at once, so that no write ever waits for a reader (pipe(7), PIPE_BUF).
    private static let portion = 4096

    /// What marks a line of this level where standard error leads to the journal; nothing elsewhere.
    public static func mark(of level: Logger.Level) -> String { isJournal ? "<\(level.journalPriority)>" : "" }

    /// Whether standard error leads to the journal. The variable alone does not say so: whatever a service starts inherits it,
    /// also with another standard error, such as a terminal (systemd.exec(5), `JOURNAL_STREAM`).
    private static var isJournal: Bool {
        var errors = stat()
        guard let stream = getenv("JOURNAL_STREAM"), fstat(STDERR_FILENO, &errors) == 0 else { return false }
        return String(cString: stream) == "\(errors.st_dev):\(errors.st_ino)"
    }

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
