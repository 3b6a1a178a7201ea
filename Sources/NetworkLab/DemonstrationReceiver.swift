import FoundationEssentials
import IPv6
import LinuxSystem
import Timing

/// One host of the demonstration, receiving the file with lcupdate.
final class DemonstrationReceiver: Sendable {
    let host: LabNode
    let output: String
    /// On the wire; its reports carry it.
    let address: IPv6Address
    let process: LabProcess
    private let percent: WaitableState<Double>

    init(
        on host: LabNode, of channel: DemonstrationChannel, key: String, output: String, patience: Duration,
        narrator: Narrator
    ) throws {
        let percent = WaitableState(0.0)
        self.percent = percent
        self.host = host
        self.output = output
        address = try host.linkLocalAddress(of: "eth0")
        process = try LabProcess(
            [
                LabPrograms.path(of: "lcupdate"), "receive", "--group", channel.group.description, "--port",
                "\(channel.port)",
                "--source", channel.source.description, "--interface", "eth0", "--key", key, "--output", output,
                "--state", "\(output).state", "--timeout",
                "\(Int(patience.inSeconds))", "--json",
            ], on: host
        ) { stream, line in
            narrator.note("\(host.name): \(line)")
            if stream == .output, let report = try? JSONDecoder().decode(Report.self, from: Data(line.utf8)) {
                percent.update { $0 = report.percent ?? $0 }
            }
        }
    }

    private struct Report: Decodable { var percent: Double? }

    var state: NetworkPicture.Host {
        switch process.exit {
        case nil: .listening(percent: percent.update { $0 })
        case .code(0): .verified
        default: .away
        }
    }
}

/// What is sent in the demonstration and how to ask for it.
struct DemonstrationChannel: Sendable {
    let group = IPv6Address(high: 0xff3e_0000_0000_0000, low: 0x8000_0042)
    let source = TwoLANs.routerAddress
    let port: UInt16 = 4242
}
