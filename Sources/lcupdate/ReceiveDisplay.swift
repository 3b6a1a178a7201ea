import IPv6
import LinuxSystem
import Logging
import Systemd
import UpdateAgent

/// What is seen of a receiver: JSON lines, a progress line on a terminal, or, for a journal, a log line for each step.
final class ReceiveDisplay {
    /// Steps that whoever can make an update could bring about without end.
    private enum Topic { case waiting, manifest, complete }

    private let output: Output
    private let log: Logger
    private var limited = RateLimitedLog<Topic>()
    /// Where it listens, in words.
    private let place: String
    /// Where the file is to be.
    private let path: String

    init(_ options: ReceiveOptions, output: Output, log: Logger) {
        self.output = output
        self.log = log
        let sender = options.source.map { " from \($0)" } ?? ""
        place = "[\(options.group)]:\(options.port)\(sender)"
        path = options.output
    }

    func show(_ report: ReceiveReport) {
        if output.json {
            output.printStep(report)
        } else if let status = output.status {
            show(report, on: status)
        } else {
            log(report)
        }
    }

    private func show(_ report: ReceiveReport, on status: StatusLine) {
        switch report.event {
        case .waiting: status.show(waiting(report))
        case .manifest: status.show(receiving(report))
        case .progress:
            let left = report.rate > 0 ? ", \(Self.remaining(report)) s left" : ""
            status.show(
                "\(Int(report.percent)) % of \(report.size ?? 0) octets, \(Output.megabits(report.rate)), "
                    + "\(Self.percent(report.loss)) lost\(left)")
        case .complete: status.end(with: complete(report))
        case .failed: status.clear()  // why is said in a line of its own
        }
    }

    private func log(_ report: ReceiveReport) {
        switch report.event {
        case .waiting: limited.log(.waiting, level: .info, "\(waiting(report))", at: .now, to: log)
        case .manifest: limited.log(.manifest, level: .info, "\(receiving(report))", at: .now, to: log)
        case .complete: limited.log(.complete, level: .info, "\(complete(report))", at: .now, to: log)
        case .progress, .failed: break
        }
    }

    // MARK: words

    private func waiting(_ report: ReceiveReport) -> String {
        "waiting for updates to \(place) on \(report.interface ?? "an interface")"
    }

    private func receiving(_ report: ReceiveReport) -> String {
        let here = report.received > 0 ? ", \(report.received) of \(report.needed) symbols are here already" : ""
        return "receiving \(Self.update(report))\(here)"
    }

    private func complete(_ report: ReceiveReport) -> String {
        guard let transfer = report.transfer else { return "complete: \(Self.update(report)), at \(path) already" }
        let seconds = (transfer.inSeconds * 10).rounded() / 10
        return "complete: \(Self.update(report)), at \(path) after \(seconds) s, "
            + "\(Output.megabits(report.rate)), \(Self.percent(report.loss)) lost"
    }

    private static func update(_ report: ReceiveReport) -> String {
        let name = report.fileName.map { "\($0), " } ?? ""
        return "\(name)object \(report.objectID ?? "-"), sequence \(report.sequence ?? 0), \(report.size ?? 0) octets"
    }

    private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }

    private static func remaining(_ report: ReceiveReport) -> Int {
        let octets = Double(report.size ?? 0) * (100 - report.percent) / 100
        return Int(min(octets * 8 / report.rate, 1e9))
    }
}
