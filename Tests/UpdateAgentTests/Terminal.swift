import Glibc
import LinuxSystem
import Synchronization

/// A pseudo-terminal, and what has been written to it.
final class Terminal: Sendable {
    /// The end that a program writes to.
    let slave: Descriptor
    private let master: Int32
    private let octets: Shared
    private let reader: Background

    private static let naming = Mutex(())

    private final class Shared: Sendable {
        let octets = Mutex<[UInt8]>([])
    }

    init(columns: UInt16) throws {
        let master = try check("posix_openpt", posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
        try check("grantpt", grantpt(master))
        try check("unlockpt", unlockpt(master))
        // The name lies in memory that all threads share.
        let name = Self.naming.withLock { _ in ptsname(master).map { String(cString: $0) } }
        guard let name else { throw SystemError("ptsname") }
        slave = try Descriptor("open terminal", open(name, O_RDWR | O_NOCTTY | O_CLOEXEC))
        let octets = Shared()
        self.master = master
        self.octets = octets
        reader = Background {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                var events = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
                guard poll(&events, 1, 10_000) > 0, case let count = read(master, &buffer, buffer.count), count > 0
                else { return }  // the last writer has gone
                octets.octets.withLock { $0 += buffer[..<count] }
            }
        }
        try resize(columns: columns)
    }

    func resize(columns: UInt16) throws {
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try check("TIOCSWINSZ", ioctl(slave.number, UInt(TIOCSWINSZ), &size))
    }

    /// What has been written so far; a terminal begins each new line at its left.
    var text: String {
        String(decoding: octets.octets.withLock { $0 }, as: UTF8.self).split(
            separator: "\r\n" as Character, omittingEmptySubsequences: false
        ).joined(separator: "\n")
    }

    /// What stands on it if it erases lines as it is told: all lines but those that were erased.
    var lines: [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.components(separatedBy: Self.erase).last ?? ""
        }
    }

    /// Texts that were there until something else took their place.
    var erased: [String] {
        text.split(separator: "\n").flatMap { $0.components(separatedBy: Self.erase).dropLast() }.filter { !$0.isEmpty }
    }

    static let erase = "\r\u{1b}[K"

    deinit { close(master) }
}

extension Substring {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
