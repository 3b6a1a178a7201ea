import ArgumentParser
import Glibc
import JSONText
import LinuxSystem
import Logging
import Synchronization
import Systemd
import UpdateAgent

/// What a person or a script sees: JSON lines on standard output, or a progress line on a terminal, or log lines.
struct Output {
    let json: Bool
    /// The line for progress; nil where nobody watches.
    let status: StatusLine?

    init(json: Bool) {
        self.json = json
        status = !json && Self.isTerminal ? StatusLine(on: STDERR_FILENO) : nil
    }

    /// Whether a person reads standard error. A dumb terminal cannot erase a line.
    private static var isTerminal: Bool {
        guard isatty(STDERR_FILENO) != 0 else { return false }
        return getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    func log(level: Logger.Level) -> Logger {
        var handler = JournalLogHandler()
        if let status { handler = JournalLogHandler { status.write(line: $0) } }
        var log = Logger(label: "lcupdate") { [handler] _ in handler }
        log.logLevel = level
        return log
    }

    /// Runs a command; an error becomes one line on standard error and the exit code.
    func reportingErrors(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as UpdateFailure {
            complain(failure.description)
            throw ExitCode(failure.kind.rawValue)
        } catch let error as SystemError {
            // Whoever closes a pipe knows.
            if error.errno != EPIPE { complain(error.description) }
            throw ExitCode(1)
        }
    }

    private func complain(_ text: String, level: Logger.Level = .error) {
        status?.clear()
        try? StandardStream.write("\(JournalLogHandler.mark(of: level))lcupdate: \(text)\n", to: STDERR_FILENO)
    }

    /// Prints a result as JSON.
    func print(_ value: some JSONWritable) throws(SystemError) { try print(JSONWriter.text(of: value)) }

    /// Prints a result for people.
    func print(_ text: String) throws(SystemError) { try StandardStream.write(text + "\n", to: STDOUT_FILENO) }

    /// Whether it was complained that steps cannot be written.
    private static let hasComplained = Atomic<Bool>(false)

    /// Prints a step towards a result as JSON; the work goes on though nobody reads it any more.
    func printStep(_ value: some JSONWritable) {
        do throws(SystemError) { try print(value) } catch {
            guard error.errno != EPIPE, !Self.hasComplained.exchange(true, ordering: .relaxed) else { return }
            warn("\(error); it goes on all the same")
        }
    }

    /// Warns without failing.
    func warn(_ text: String) { complain("warning: \(text)", level: .warning) }

    /// Bits per second as people read them.
    static func megabits(_ rate: Double) -> String { "\((rate / 100_000).rounded() / 10) Mbit/s" }
}
