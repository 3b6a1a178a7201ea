import Glibc
import LinuxSystem
import Testing

/// A directory that goes away with its owner.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/trust-tests-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { _ = try? ChildProcess(["rm", "-rf", path]).wait() }

    /// The path of a name in it.
    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a file, or replaces it; the path.
    @discardableResult
    func write(_ octets: some Sequence<UInt8>, to name: String, mode: mode_t = 0o644) throws -> String {
        let file = try Descriptor("open", open(self(name), O_WRONLY | O_CREAT | O_TRUNC, mode))
        try check("chmod", fchmod(file.number, mode))
        let octets = Array(octets)
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            done += Int(try check("write", Int32(count)))
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

    /// Permissions of a file.
    func mode(_ name: String) throws -> mode_t {
        var status = stat()
        try check("stat", stat(self(name), &status))
        return status.st_mode & 0o7777
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
