import Glibc
import LinuxSystem
import Testing

@testable import UpdateAgent

/// lcupdate as it was built with the tests, in a namespace, and what it says.
final class RunningProgram {
    struct Result {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    private let child: ChildProcess
    private let files: [String]

    /// - Parameters:
    ///   - name: of this run, for the files of what it says.
    ///   - before: a program that starts it, and its arguments.
    init(
        _ arguments: [String], on link: UpdateLink, in directory: TemporaryDirectory, name: String,
        before: [String] = []
    ) throws {
        files = ["stdout", "stderr"].map { "\(directory.state)-\(name).\($0)" }
        let ends = files.map { open($0, O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC, 0o644) }
        defer { for end in ends { close(end) } }
        child = try link.start(before + [try Self.path()] + arguments, output: ends[0], errors: ends[1])
    }

    /// Waits for its end; what it has said is removed.
    func wait() -> Result {
        let exit = child.wait()
        let texts = files.map { path in
            defer { unlink(path) }
            return Self.text(path)
        }
        return Result(exit: exit, output: texts[0], errors: texts[1])
    }

    private static func text(_ path: String) -> String {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return "" }
        defer { close(number) }
        var octets = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(number, &octets, octets.count)
        return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
    }

    /// Beside the tests.
    private static func path() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = try check("readlink", Int32(readlink("/proc/self/exe", &buffer, buffer.count)))
        let own = String(decoding: buffer[..<Int(count)], as: UTF8.self)
        var path = own.split(separator: "/").dropLast()
        while !path.isEmpty {
            let candidate = "/" + path.joined(separator: "/") + "/lcupdate"
            if access(candidate, X_OK) == 0 { return candidate }
            path.removeLast()
        }
        return ".build/debug/lcupdate"
    }
}
