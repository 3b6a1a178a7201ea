import Glibc

/// Standard output, written at once and whole, and lines on standard error.
enum Output {
    /// What the user should know besides the output, a line of each fault.
    static func warn(_ lines: String) {
        let text = lines.split(separator: "\n").map { "lcroute: \($0)\n" }.joined()
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Text with its line breaks.
    static func print(_ text: String) { write(Array(text.utf8)) }

    /// One line of octets.
    static func print(octets: [UInt8]) { write(octets + [UInt8(ascii: "\n")]) }

    /// Ends the program if nobody reads any more, without a word, or if the output cannot be written.
    private static func write(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { Glibc.exit(0) }
                Failure(code: 1, "cannot write to standard output: \(String(cString: strerror(errno)))").exit()
            }
            rest = rest.dropFirst(count)
        }
    }
}
