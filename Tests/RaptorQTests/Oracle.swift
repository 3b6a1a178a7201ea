import Glibc
import LinuxSystem
import Testing

/// Another implementation of the codec, run as a program; see oracle.py.
struct Oracle {
    /// The Python with the packages that comparisons need.
    static let folder = getenv("LCROUTE_ORACLES").map { String(cString: $0) }
    static let isThere = folder != nil

    struct Failure: Error {}

    /// Runs it on octets that go through files of their own.
    static func run(_ command: String, _ input: [UInt8], symbolSize: Int, number: Int) throws -> [UInt8] {
        let python = try #require(folder) + "/bin/python"
        let script = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/oracle.py"
        var template = Array("/tmp/lcroute-oracle-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", errno: errno) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let source = folder + "/in"
        let target = folder + "/out"
        defer {
            unlink(source)
            unlink(target)
            rmdir(folder)
        }
        let file = try Descriptor("open \(source)", open(source, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        var written = 0
        while written < input.count {
            let count = input.withUnsafeBytes {
                write(file.number, $0.baseAddress.map { $0 + written }, input.count - written)
            }
            guard count > 0 else { throw SystemError("write", errno: errno) }
            written += count
        }
        let process = try ChildProcess([python, script, command, source, "\(symbolSize)", "\(number)", target])
        guard process.wait() == .code(0) else { throw Failure() }
        return try contents(target)
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        let file = try Descriptor("open \(path)", open(path, O_RDONLY | O_CLOEXEC))
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw SystemError("fstat", errno: errno) }
        var octets = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < octets.count {
            let count = octets.withUnsafeMutableBytes {
                read(file.number, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            guard count > 0 else { throw SystemError("read", errno: errno) }
            done += count
        }
        return octets
    }
}
