import ArgumentParser
import Glibc
import JSONText
import LinuxSystem
import Logging
import Systemd
import UpdateAgent

/// What a person or a script sees: JSON lines on standard output, or a progress line on a terminal.
struct Output {
    let json: Bool
    let isTerminal = isatty(STDERR_FILENO) != 0

    func log(level: Logger.Level) -> Logger {
        var log = Logger(label: "lcupdate") { _ in JournalLogHandler() }
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
            complain(error.description)
            throw ExitCode(1)
        }
    }

    private func complain(_ text: String) { write("lcupdate: \(text)\n", to: STDERR_FILENO) }

    func show(_ report: SendReport) {
        if json { return line(report) }
        guard isTerminal else { return }
        let rate = Self.megabits(report.rate)
        switch report.event {
        case .idle: progress("idle, \(report.packets) packets sent so far")
        case .sending: progress("sending through \(report.interface ?? "-")")
        case .statistics: progress("sending through \(report.interface ?? "-"): \(report.packets) packets, \(rate)")
        case .stopped: progress("stopped after \(report.packets) packets", ends: true)
        }
    }

    func show(_ report: ReceiveReport) {
        if json { return line(report) }
        guard isTerminal else { return }
        let percent = Int(report.percent)
        switch report.event {
        case .waiting: progress("waiting on \(report.interface)")
        case .manifest: progress("receiving sequence \(report.sequence ?? 0), \(report.size ?? 0) octets")
        case .progress:
            let left = report.rate > 0 ? ", \(Self.remaining(report)) s left" : ""
            let loss = (report.loss * 1_000).rounded() / 10
            progress("\(percent) % of \(report.size ?? 0) octets, \(Self.megabits(report.rate)), \(loss) % lost\(left)")
        case .complete:
            let seconds = (report.seconds * 10).rounded() / 10
            let rate = report.rate > 0 ? ", \(Self.megabits(report.rate))" : ""
            progress("complete: \(report.size ?? 0) octets after \(seconds) s\(rate)", ends: true)
        case .failed: progress("failed", ends: true)
        }
    }

    private static func megabits(_ rate: Double) -> String { "\((rate / 100_000).rounded() / 10) Mbit/s" }

    private static func remaining(_ report: ReceiveReport) -> Int {
        let octets = Double(report.size ?? 0) * (100 - report.percent) / 100
        return Int(min(octets * 8 / report.rate, 1e9))
    }

    /// Prints a result as JSON.
    func print(_ value: some JSONWritable) { line(value) }

    /// Prints a result for people.
    func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Warns without failing.
    func warn(_ text: String) { complain("warning: \(text)") }

    private func line(_ value: some JSONWritable) {
        write(JSONWriter.text(of: value) + "\n", to: STDOUT_FILENO)
    }

    private func progress(_ text: String, ends: Bool = false) {
        write("\r\u{1b}[K\(text)" + (ends ? "\n" : ""), to: STDERR_FILENO)
    }

    /// All at once and at once: whoever reads must not wait for a buffer to fill.
    private func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return  // nobody reads any more
            }
            rest = rest.dropFirst(count)
        }
    }
}
