import Glibc
import LinuxSystem
import Testing

/// A text file of this package.
struct Document {
    let path: String
    let text: String

    /// - Parameter path: from the package's folder.
    init(_ path: String) throws {
        self.path = path
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = try Descriptor("open \(path)", open("/\(folder)/\(path)", O_RDONLY | O_CLOEXEC))
        text = try descriptor.contents()
    }

    /// Whether it holds `words` with no letter, digit or hyphen behind.
    func names(_ words: String) -> Bool {
        text.split(separator: words, omittingEmptySubsequences: false).dropFirst().contains { rest in
            guard let next = rest.first else { return true }
            return !next.isLetter && !next.isNumber && next != "-"
        }
    }

    /// What stands between lines that are `first` and lines that are `last`.
    func blocks(from first: String, to last: String) -> [String] {
        var blocks: [String] = []
        var block: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = block, line == last {
                blocks.append(lines.joined(separator: "\n") + "\n")
                block = nil
            } else if block != nil {
                block?.append(line)
            } else if line == first {
                block = []
            }
        }
        return blocks
    }
}

/// A failing check names the file and does not print all of it.
extension Document: CustomTestStringConvertible {
    var testDescription: String { path }
}

extension Descriptor {
    /// Everything up to the end, as text.
    func contents() throws -> String {
        var octets: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try check("read", Int32(read(number, &block, block.count)))
            if count == 0 { return String(decoding: octets, as: UTF8.self) }
            octets.append(contentsOf: block[..<Int(count)])
        }
    }
}
