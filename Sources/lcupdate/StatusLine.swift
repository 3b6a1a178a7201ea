import Glibc
import Synchronization

/// The lowest line of a terminal, which shows what is going on; log lines go above it.
///
/// Whatever is written to the terminal goes through here, so that no line begins in the middle of another.
final class StatusLine: Sendable {
    private let descriptor: Int32
    /// What stands there now; empty: nothing.
    private let shown = Mutex("")

    private static let erase = "\r\u{1b}[K"

    /// - Parameter descriptor: of the terminal.
    init(on descriptor: Int32) { self.descriptor = descriptor }

    /// Shows a text in place of the one before.
    func show(_ text: String) {
        shown.withLock {
            $0 = text
            write(Self.erase + fitting(text))
        }
    }

    /// Leaves a text for good, in place of the one before.
    func end(with text: String) {
        shown.withLock {
            $0 = ""
            write(Self.erase + "\(text)\n")
        }
    }

    /// Removes what stands there.
    func clear() {
        shown.withLock {
            if !$0.isEmpty { write(Self.erase) }
            $0 = ""
        }
    }

    /// Writes a line, with its end, above it.
    func write(line: String) {
        shown.withLock { write($0.isEmpty ? line : Self.erase + line + fitting($0)) }
    }

    private func write(_ text: String) { try? StandardStream.write(text, to: descriptor) }

    /// As much of the text as fits into one line: a longer one would wrap, and could not be erased.
    private func fitting(_ text: String) -> String {
        var size = winsize()
        // Asked for each time: the window may have been made narrower. A terminal without a size says 0.
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return text }
        return Self.prefix(of: text, columns: Int(size.ws_col) - 1)
    }

    /// The beginning of a text, the last character an ellipsis if it is not all.
    static func prefix(of text: String, columns: Int) -> String {
        text.count <= columns ? text : text.prefix(max(columns - 1, 0)) + (columns > 0 ? "…" : "")
    }
}
