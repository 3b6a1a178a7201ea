import ArgumentParser
import Glibc
import LinuxNetwork
import LinuxSystem
import Logging
import RouterConfiguration
import Systemd

/// An error that ends lcrouted: a line of each fault on standard error and the documented exit code.
struct Failure: Error {
    private let lines: String
    private let code: Int32

    init(usage: String) { self.init(usage, EX_USAGE) }

    /// A configuration file that cannot be read or understood.
    init(configuration error: ConfigurationErrors) { self.init("\(error)", EX_CONFIG) }

    init(_ error: any Error) {
        switch error {
        case MulticastRoutingError.notPermitted: self.init("\(error)", EX_NOPERM)
        case let error as SystemError where error.errno == EPERM || error.errno == EACCES:
            self.init("\(error): lcrouted needs root, or CAP_NET_ADMIN and CAP_NET_RAW", EX_NOPERM)
        default: self.init("\(error)", 1)
        }
    }

    private init(_ lines: String, _ code: Int32) {
        self.lines = lines
        self.code = code
    }

    /// Does not return.
    func exit() -> Never {
        Self.write(lines, level: .error)
        Glibc.exit(code)
    }

    /// What does not end it.
    static func warn(_ text: String) { write("warning: \(text)", level: .warning) }

    private static func write(_ lines: String, level: Logger.Level) {
        let mark = JournalLogHandler.mark(of: level)
        let text = lines.split(separator: "\n").map { "\(mark)lcrouted: \($0)\n" }.joined()
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
