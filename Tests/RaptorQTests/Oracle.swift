import Glibc
import LinuxSystem
import TestFiles
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
        let directory = try TemporaryDirectory()
        let source = try directory.write(input, to: "in")
        let process = try ChildProcess([
            python, script, command, source, "\(symbolSize)", "\(number)", directory("out"),
        ])
        guard process.wait() == .code(0) else { throw Failure() }
        return try #require(directory.read("out"))
    }
}
