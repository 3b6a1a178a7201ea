import Glibc
import LinuxSystem
import Testing

/// What a program says of itself with `--help`, its verbs' help included.
struct ProgramHelp {
    /// `--config`, `-s`.
    private(set) var options: Set<String> = []
    /// `status`, `clear`.
    private(set) var verbs: Set<String> = []
    /// What is said of each option, its verb and name in front, on one line.
    private(set) var entries: [String] = []

    init(of program: String) throws { try read(program, []) }

    private mutating func read(_ program: String, _ words: [String]) throws {
        var section = ""
        for line in try Self.output(of: program, words + ["--help"]).split(separator: "\n") {
            if !line.hasPrefix(" ") { section = String(line) }
            if section == "OPTIONS:" { describe(line, words) }
            guard line.hasPrefix("  "), !line.hasPrefix("   ") else { continue }
            let entry = line.dropFirst(2)
            if section == "OPTIONS:" {
                for word in entry.split(whereSeparator: { $0 == " " || $0 == "," }) {
                    guard word.hasPrefix("-") else { break }
                    options.insert(String(word))
                }
            } else if section == "SUBCOMMANDS:", entry.first?.isLetter == true {
                let verb = String(entry.prefix { $0 != " " })
                guard verb != "See" else { continue }
                verbs.insert(verb)
                try read(program, words + [verb])
            }
        }
    }

    /// An entry begins two spaces from the left; its other lines are further right.
    private mutating func describe(_ line: Substring, _ words: [String]) {
        let text = line.split(separator: " ").joined(separator: " ")
        if line.hasPrefix("  -") {
            entries.append((words + [text]).joined(separator: " "))
        } else if line.hasPrefix("   "), let entry = entries.popLast() {
            entries.append("\(entry) \(text)")
        }
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        var ends: [Int32] = [-1, -1]
        try check("pipe", pipe2(&ends, O_CLOEXEC))
        let reading = Descriptor(owning: ends[0])
        let writing = Descriptor(owning: ends[1])
        var options = ChildProcess.Options()
        options.standardOutput = writing.number
        let child = try ChildProcess([path(of: program)] + arguments, options: options)
        _ = consume writing
        let text = try reading.contents()
        try #require(child.wait() == .code(0), "\(program) \(arguments)")
        return text
    }

    /// The program, beside the tests that were built with it.
    private static func path(of program: String) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try check("readlink", Int32(readlink("/proc/self/exe", &buffer, buffer.count)))
        var path = String(decoding: buffer[..<Int(count)], as: UTF8.self).split(separator: "/").dropLast()
        while !path.isEmpty {
            let candidate = "/" + path.joined(separator: "/") + "/\(program)"
            if access(candidate, X_OK) == 0 { return candidate }
            path.removeLast()
        }
        // The tests run inside swiftpm's own program: the package's folder is the working directory.
        return ".build/debug/\(program)"
    }
}
