import Glibc
import LinuxSystem
import TestFiles
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
        child = try link.start(
            before + [try BuiltProgram.path(of: "lcupdate")] + arguments, output: ends[0], errors: ends[1])
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

}
