import Glibc
import LinuxSystem
import Timing

/// Tells a person what happens: on a terminal under a picture that stays at the top and lives, elsewhere as plain lines.
public final class Narrator: Sendable {
    private static let pictureHeight = 3

    private let style: NetworkPicture.Style
    private let verbose: Bool
    private let started = Instant.now
    private let shown = WaitableState<NetworkPicture?>(nil)

    /// - Parameter verbose: notes are printed as well as steps.
    public init(verbose: Bool) {
        var size = winsize()
        let isTerminal = isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        // Smaller ones have no room for a picture and text below it.
        style = isTerminal && size.ws_row >= 16 && size.ws_col >= 80 ? .terminal : .plain
        self.verbose = verbose
        if style == .terminal {
            put("\u{1b}[2J\u{1b}[\(Self.pictureHeight + 3);\(size.ws_row)r\u{1b}[\(Self.pictureHeight + 3);1H")
        }
    }

    /// Something that was checked and is so.
    public func step(_ text: String) { line(mark: style == .plain ? "ok" : pen.paint("✔", .green), text) }

    /// Something that should have happened and did not.
    public func failure(_ text: String) { line(mark: style == .plain ? "FAILED" : pen.paint("✘", .red), text) }

    /// What is about to happen.
    public func announce(_ text: String) { line(mark: style == .plain ? ".." : " ", pen.paint(text, .dim)) }

    /// Something for those who asked for more.
    public func note(_ text: String) {
        if verbose { line(mark: style == .plain ? "--" : " ", pen.paint(text, .dim)) }
    }

    /// Draws the picture anew, where it can stay in its place; elsewhere only `showPicture` prints it.
    func update(_ picture: NetworkPicture) {
        guard style == .terminal else { return }
        shown.update { shown in
            if shown == picture { return }
            shown = picture
            var text = "\u{1b}7"
            for (row, line) in picture.lines(style).enumerated() { text += "\u{1b}[\(row + 2);1H\(line)\u{1b}[K" }
            put(text + "\u{1b}8")
        }
    }

    /// Prints the picture once among the text, where it does not stand above it.
    func showPicture(_ picture: NetworkPicture) {
        guard style == .plain else { return }
        put(([""] + picture.lines(style) + ["", ""]).joined(separator: "\n"))
    }

    /// Gives the whole terminal back. May be called from any thread, at the end or before an early one.
    public func finish() {
        if style == .terminal { put("\u{1b}7\u{1b}[r\u{1b}8\n") }
    }

    private var pen: Pen { Pen(style: style) }

    private func line(mark: String, _ text: String) {
        let time = (Instant.now - started).inSeconds.fixed(2).leftPadded(to: 6)
        // The lock of the picture keeps text out of the middle of its escape sequences.
        shown.update { _ in put("\(pen.paint(time + " s", .dim))  \(mark)  \(text)\n") }
    }

    private func put(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return  // nobody reads any more
            }
        }
    }
}
