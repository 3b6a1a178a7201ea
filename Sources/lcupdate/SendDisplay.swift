import LinuxSystem
import Logging
import Systemd
import UpdateAgent

/// What is seen of a sender: JSON lines, a progress line on a terminal, or, for a journal, a log line for each step.
final class SendDisplay {
    /// Steps that listeners bring about, as often as they like.
    private enum Topic { case idle, sending }

    private let output: Output
    private let log: Logger
    private var limited = RateLimitedLog<Topic>()
    /// Where it sends to, in words.
    private let place: String

    init(_ options: SendOptions, output: Output, log: Logger) {
        self.output = output
        self.log = log
        place = "[\(options.group)]:\(options.port)"
    }

    func show(_ report: SendReport) {
        if output.json {
            output.printStep(report)
        } else if let status = output.status {
            show(report, on: status)
        } else {
            log(report)
        }
    }

    private func show(_ report: SendReport, on status: StatusLine) {
        switch report.event {
        case .idle: status.show(idle(report))
        case .sending: status.show(sending(report))
        case .statistics:
            status.show("\(sending(report)): \(report.packets) packets, \(Output.megabits(report.rate))")
        case .stopped: status.end(with: stopped(report))
        }
    }

    private func log(_ report: SendReport) {
        switch report.event {
        case .idle: limited.log(.idle, level: .info, "\(idle(report))", at: .now, to: log)
        case .sending: limited.log(.sending, level: .info, "\(sending(report))", at: .now, to: log)
        case .stopped: log.info("\(stopped(report))")
        case .statistics: break
        }
    }

    private func idle(_ report: SendReport) -> String {
        let sent = report.packets > 0 ? ", \(report.packets) packets sent so far" : ""
        return "waiting for listeners of \(place)\(sent)"
    }

    private func sending(_ report: SendReport) -> String {
        "sending to \(place)" + (report.interface.map { " through \($0)" } ?? "")
    }

    private func stopped(_ report: SendReport) -> String {
        "stopped after \(report.packets) packets, \(report.bytes) octets"
    }
}
