import Glibc
import LinuxSystem
import Testing

/// A directory for the files of a program of others, and running one there. Goes away with its owner.
final class TestCommand: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/alc-tests-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        path = String(cString: made)
    }

    deinit { _ = try? ChildProcess(["rm", "-rf", path]).wait() }

    /// Runs a program with this standard input; what it wrote to its standard output and errors.
    func run(_ arguments: [String], input: [UInt8] = []) throws -> (
        exit: ChildProcess.Exit, output: String, errors: String
    ) {
        try write(input, to: "input")
        let input = try Descriptor("open", open("\(path)/input", O_RDONLY | O_CLOEXEC))
        let output = try made("output")
        let errors = try made("errors")
        var options = ChildProcess.Options()
        options.standardInput = input.number
        options.standardOutput = output.number
        options.standardError = errors.number
        let exit = try ChildProcess(arguments, options: options).wait()
        return (
            exit, String(decoding: try read("output"), as: UTF8.self),
            String(decoding: try read("errors"), as: UTF8.self)
        )
    }

    private func made(_ name: String) throws -> Descriptor {
        try Descriptor("open", open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
    }

    func write(_ octets: [UInt8], to name: String) throws {
        let file = try made(name)
        var done = 0
        while done < octets.count {
            let count = octets[done...].withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            try #require(count > 0)
            done += count
        }
    }

    func read(_ name: String) throws -> [UInt8] {
        let file = try Descriptor("open", open("\(path)/\(name)", O_RDONLY | O_CLOEXEC))
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = Glibc.read(file.number, &buffer, buffer.count), count > 0 { octets += buffer[..<count] }
        return octets
    }

    /// A Python that has the packages which tests compare with; nil without one.
    static let python = getenv("LCROUTE_ORACLES").map { String(cString: $0) }

    /// Where a program is, nil if nowhere in PATH.
    static func find(_ program: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
