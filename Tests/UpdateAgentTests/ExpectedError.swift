import Glibc
import LinuxSystem
import TestFiles
import Testing

/// A program that runs, and what it is to end with: one line that says what to do, an exit code, and nothing left where a
/// file was to be.
struct ExpectedError {
    let name: String
    var code: Int32
    /// All of standard error but what is logged of things that go well; an asterisk stands for anything within a line.
    var line: String
    let program: RunningProgram
    /// What has to go on until it ends.
    var company: [AnyObject] = []

    /// Waits for its end and compares.
    func check(_ place: SourceLocation = #_sourceLocation) {
        let result = program.wait()
        #expect(result.exit == .code(code), "\(name): \(result.errors)", sourceLocation: place)
        let errors = result.errors.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains(" info: ") }.joined(separator: "\n")
        #expect(Self.matches(errors, line + "\n"), "\(name): \(result.errors)", sourceLocation: place)
        withExtendedLifetime(company) {}
    }

    /// Whether files that were to be made, or were in the making, are in a directory.
    static func checkNothingLeft(in directory: TemporaryDirectory, _ place: SourceLocation = #_sourceLocation) {
        let left = directory.names.filter { $0.hasPrefix("out") || $0.hasPrefix(".") }
        #expect(left.isEmpty, sourceLocation: place)
    }

    /// Whether a text is a pattern, line by line; an asterisk stands for anything.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count == patterns.count
            && zip(lines, patterns).allSatisfy { fnmatch(escaped($1), String($0), 0) == 0 }
    }

    /// Brackets stand for themselves.
    private static func escaped(_ pattern: Substring) -> String {
        pattern.reduce(into: "") { $0 += "[]?\\".contains($1) ? "\\\($1)" : String($1) }
    }
}
