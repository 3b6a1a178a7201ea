import Glibc
import LinuxSystem

/// A file under /proc/net as one machine of the lab sees it, kept open: it can be read often, and after every program on
/// that machine has ended.
final class NamespaceFile: Sendable {
    private let file: Descriptor

    /// - Parameter name: below /proc/net, such as "dev".
    init(_ name: String, of node: LabNode) throws {
        // Not /proc/net: that is what the first thread of this process sees.
        let path = "/proc/thread-self/net/\(name)"
        file = Descriptor(owning: try node.perform { try check("open \(path)", open(path, O_RDONLY | O_CLOEXEC)) })
    }

    /// What it says now, cut into words, line by line.
    func lines() throws(SystemError) -> [[Substring]] {
        var octets = [UInt8](repeating: 0, count: 16384)
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw SystemError("lseek in /proc/net") }
        var length = 0
        while length < octets.count {
            let count = octets[length...].withUnsafeMutableBytes { read(file.number, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw SystemError("read /proc/net") }
            if count == 0 { break }
            length += count
        }
        return String(decoding: octets[..<length], as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ")
        }
    }
}

/// How much an interface of the lab has sent.
struct SentOctets: Sendable {
    private let file: NamespaceFile
    private let interface: String

    init(of interface: String, on node: LabNode) throws {
        file = try NamespaceFile("dev", of: node)
        self.interface = interface
    }

    /// Octets of whole Ethernet frames without their checksum, all protocols, since the interface was made.
    func count() throws -> Int {
        // Name, eight numbers of receiving, eight of sending (proc(5)); the first of either are octets.
        let words = try file.lines().first { $0.first == "\(interface):" } ?? []
        guard words.count >= 10, let octets = Int(words[9]) else {
            throw LabError.failed(command: "read /proc/net/dev", message: "no counters of \(interface)")
        }
        return octets
    }
}
