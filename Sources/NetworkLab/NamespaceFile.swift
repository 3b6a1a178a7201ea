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

    /// The first line that it has now with these characters in it, cut into words; empty if there is none.
    ///
    /// Only that line is made text of: who waits for something asks very often.
    func line(with characters: String) throws(SystemError) -> [Substring] {
        var octets = [UInt8](repeating: 0, count: 16384)
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw SystemError("lseek in /proc/net") }
        var length = 0
        while length < octets.count {
            let count = octets[length...].withUnsafeMutableBytes { read(file.number, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw SystemError("read /proc/net") }
            if count == 0 { break }
            length += count
        }
        let needle = Array(characters.utf8)
        let found = octets.withUnsafeBytes { text in
            guard let start = text.baseAddress, let hit = memmem(start, length, needle, needle.count) else { return -1 }
            return start.distance(to: UnsafeRawPointer(hit))
        }
        guard found >= 0 else { return [] }
        let line = UInt8(ascii: "\n")
        let start = octets[..<found].lastIndex(of: line).map { $0 + 1 } ?? 0
        let end = octets[found..<length].firstIndex(of: line) ?? length
        return String(decoding: octets[start..<end], as: UTF8.self).split(separator: " ")
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
        let words = try file.line(with: " \(interface):")
        guard words.count >= 10, let octets = Int(words[9]) else {
            throw LabError.failed(command: "read /proc/net/dev", message: "no counters of \(interface)")
        }
        return octets
    }
}
