import IPv6
import LinuxSystem
import Timing

/// Everything that runs in the demonstration: the network, the agent, the sender, and what watches the wires.
final class DemonstrationNetwork: Sendable {
    let update: LabUpdate
    let directory: LabDirectory
    let network: TwoLANs
    let channel = DemonstrationChannel()
    let router: LabRouter
    let sender: LabProcess
    /// What the router sends to each LAN, and what the sender sends to the router.
    let lan0: LabSniffer
    let lan1: LabSniffer
    let link: LabSniffer
    let receivers = WaitableState<[Int: DemonstrationReceiver]>([:])
    private let measured: WaitableState<Measurement>

    /// - Parameters:
    ///   - update: the file's octets.
    ///   - rate: of the sender, bits per second.
    init(update: [UInt8], rate: Int, narrator: Narrator) throws {
        directory = try LabDirectory()
        network = try TwoLANs()
        // Queries that are answered within a second, so that nobody has to watch the start-up for ten.
        let mld = "{query-interval: 20, query-max-response-time: 1}"
        try directory.write(
            "interfaces:\n  lan0: {role: downstream, mld: \(mld)}\n  lan1: {role: downstream, mld: \(mld)}\n",
            to: "lcroute.yaml")
        router = try LabRouter(
            on: network.router, ["--config", directory.file("lcroute.yaml")], control: directory.file("control")
        ) { narrator.note("lcrouted: \($1)") }
        lan0 = try LabSniffer(network.lan0, portOf: network.router)
        lan1 = try LabSniffer(network.lan1, portOf: network.router)
        link = try LabSniffer(on: network.router, interface: "lcsrc1")
        self.update = try LabUpdate(update, in: directory)
        sender = try LabProcess(
            [
                LabPrograms.path(of: "lcupdate"), "send", self.update.file, "--group",
                channel.group.description, "--port", "\(channel.port)", "--source", channel.source.description,
                "--rate",
                "\(rate)", "--trigger", "control", "--control", router.control, "--json",
            ], on: network.router
        ) { narrator.note("lcupdate send: \($1)") }
        measured = WaitableState(Measurement())
    }

    private struct Measurement {
        var time: Instant?
        var octets = [0, 0, 0]
        var picture = NetworkPicture()
    }

    /// What happens now; rates are those of at least the last fifth of a second.
    var picture: NetworkPicture {
        let octets = [link, lan0, lan1].map { $0.record.octets }
        let receivers = receivers.update { $0 }
        return measured.update { measured in
            let now = Instant.now
            let elapsed = measured.time.map { (now - $0).inSeconds } ?? 0
            if elapsed >= 0.2 || measured.time == nil {
                let rates = zip(octets, measured.octets).map { elapsed > 0 ? Double(max(0, $0 - $1)) * 8 / elapsed : 0 }
                (measured.picture.sender, measured.picture.lan0, measured.picture.lan1) = (rates[0], rates[1], rates[2])
                measured.octets = octets
                measured.time = now
            }
            measured.picture.hosts = (0..<3).map { receivers[$0]?.state ?? .away }
            return measured.picture
        }
    }

    /// The report by which a host began (`joins`) or ended its membership.
    func report(of receiver: DemonstrationReceiver, joins: Bool, on lan: LabSniffer) -> Instant? {
        // CHANGE_TO_EXCLUDE and ALLOW_NEW_SOURCES join, CHANGE_TO_INCLUDE and BLOCK_OLD_SOURCES leave (RFC 9777 §5.2.12).
        let types: [UInt8] = joins ? [4, 5] : [3, 6]
        return lan.waitForMessage(within: .seconds(2)) { frame in
            frame.source == receiver.address
                && frame.records.contains { $0.group == channel.group && types.contains($0.type) }
        }?.time
    }
}
