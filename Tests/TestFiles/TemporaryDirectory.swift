public import Glibc
public import LinuxSystem

/// A directory of a test that goes away with its owner, with everything in it.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws(SystemError) {
        var template = Array("/tmp/lcroute-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("mkdtemp") }
        path = String(cString: made)
    }

    deinit { _ = try? ChildProcess(["rm", "-rf", path, state]).wait() }

    /// Where receivers of files in it remember things: beside it.
    public var state: String { "\(path)-state" }

    /// The path of a name in it.
    public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a file, or replaces it; the path.
    @discardableResult
    public func write(
        _ octets: some Sequence<UInt8>, to name: String, mode: mode_t = 0o644
    ) throws(SystemError) -> String {
        let file = try Descriptor("open", open(self(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode))
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
    public func read(_ name: String) -> [UInt8]? {
        let number = open(self(name), O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = Glibc.read(file.number, &buffer, buffer.count), count > 0 { octets += buffer[..<count] }
        return octets
    }

    /// What is in a file, as text; empty without one.
    public func text(_ name: String) -> String { String(decoding: read(name) ?? [], as: UTF8.self) }

    /// Permissions of a file.
    public func mode(_ name: String) throws(SystemError) -> mode_t {
        var status = stat()
        try check("stat", stat(self(name), &status))
        return status.st_mode & 0o7777
    }

    /// Names in it, sorted.
    public var names: [String] {
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
