import CLinux
import Glibc
import LinuxSystem
import Testing

/// A directory that goes away with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/update-tests-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { _ = try? ChildProcess(["rm", "-rf", path, state]).wait() }

    /// Where receivers of files in it remember things: beside it.
    var state: String { "\(path)-state" }

    /// The path of a name in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a file; the path.
    func write(_ octets: [UInt8], to name: String) throws -> String {
        let file = try Descriptor("open", open(self(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644))
        var done = 0
        while done < octets.count {
            done += Int(
                try check(
                    "write",
                    Int32(octets[done...].withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) })))
        }
        return self(name)
    }

    /// What is in a file; nil without one.
    func read(_ name: String) -> [UInt8]? {
        let number = open(self(name), O_RDONLY)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = Glibc.read(file.number, &buffer, buffer.count), count > 0 { octets += buffer[..<count] }
        return octets
    }

    /// Names in it, sorted.
    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// Octets that look random and are the same in every run.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}
