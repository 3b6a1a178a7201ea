import Glibc
import LinuxSystem
import TestFiles
import Testing

/// A directory for the files of a program of others, and running one there.
struct TestCommand {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Runs a program with this standard input; what it wrote to its standard output and errors.
    func run(_ arguments: [String], input: [UInt8] = []) throws -> (
        exit: ChildProcess.Exit, output: String, errors: String
    ) {
        let input = try Descriptor("open", open(directory.write(input, to: "input"), O_RDONLY | O_CLOEXEC))
        let output = try made("output")
        let errors = try made("errors")
        var options = ChildProcess.Options()
        options.standardInput = input.number
        options.standardOutput = output.number
        options.standardError = errors.number
        let exit = try ChildProcess(arguments, options: options).wait()
        return (exit, directory.text("output"), directory.text("errors"))
    }

    private func made(_ name: String) throws -> Descriptor {
        try Descriptor("open", open(directory(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
    }

    /// A Python that has the packages which tests compare with; nil without one.
    static let python = getenv("LCROUTE_ORACLES").map { String(cString: $0) + "/bin/python3" }

    /// Where a program is, nil if nowhere in PATH.
    static func find(_ program: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
