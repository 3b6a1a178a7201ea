import ArgumentParser
import Glibc
import LinuxNetwork
import LinuxSystem
import Systemd

/// An error that ends lcrouted: one line on standard error and the documented exit code.
struct Failure: Error {
    private let line: String
    private let code: Int32

    init(usage: String) { self.init(usage, EX_USAGE) }

    /// A configuration file that cannot be read or understood.
    init(configuration error: any Error) { self.init("\(error)", EX_CONFIG) }

    init(_ error: any Error) {
        switch error {
        case MulticastRoutingError.notPermitted: self.init("\(error)", EX_NOPERM)
        case let error as SystemError where error.errno == EPERM || error.errno == EACCES:
            self.init("\(error): lcrouted needs root, or CAP_NET_ADMIN and CAP_NET_RAW", EX_NOPERM)
        default: self.init("\(error)", 1)
        }
    }

    private init(_ line: String, _ code: Int32) {
        self.line = line
        self.code = code
    }

    /// Does not return.
    func exit() -> Never {
        let text = Array("\(JournalLogHandler.mark(of: .error))lcrouted: \(line)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        Glibc.exit(code)
    }
}
