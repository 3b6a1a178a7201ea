import IPv6
import LinuxSystem
import NetworkLab
import Timing

/// Two LANs behind a router with a running lcrouted, sniffers on what it sends to each LAN, and a source beyond.
struct Experiment {
    let directory: LabDirectory
    let network: TwoLANs
    let lan0: LabSniffer
    let lan1: LabSniffer
    let router: LabRouter

    static let asm = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x1234)
    static let ssm = IPv6Address(high: 0xff3e_0000_0000_0000, low: 0x8000_0001)

    /// Queries are answered within a second, so that a query round is over soon after the start.
    static let fastRounds = "query-interval: 20, query-max-response-time: 1"

    /// - Parameters:
    ///   - mld: settings of both LANs as they stand in the configuration.
    ///   - settings: more of each LAN's.
    ///   - channels: the configuration's `channels:` section, if there is to be one.
    init(mld: String = Experiment.fastRounds, settings: String = "", channels: String = "") throws {
        directory = try LabDirectory()
        network = try TwoLANs(withSource: true)
        lan0 = try LabSniffer(network.lan0, portOf: network.router)
        lan1 = try LabSniffer(network.lan1, portOf: network.router)
        let configuration = """
            interfaces:
              lan0: {role: downstream, mld: {\(mld)}\(settings.isEmpty ? "" : ", \(settings)")}
              lan1: {role: downstream, mld: {\(mld)}\(settings.isEmpty ? "" : ", \(settings)")}
              wan0: {role: upstream}
            \(channels)

            """
        try directory.write(configuration, to: "lcroute.yaml")
        router = try Self.startRouter(on: network, directory)
    }

    /// Starts the agent, also once more with what the first one had.
    static func startRouter(on network: TwoLANs, _ directory: LabDirectory) throws -> LabRouter {
        try LabRouter(
            on: network.router, ["--config", directory.file("lcroute.yaml")], control: directory.file("control"))
    }

    /// A stream from the source host.
    func stream(
        to group: IPv6Address, from source: IPv6Address = TwoLANs.firstSource, rate: Int = 1000
    ) throws -> LabStream {
        guard let host = network.source else { throw LabError.timedOut("a source host") }
        return try LabStream(from: source, on: host, to: group, rate: rate)
    }

    /// Lets every host that was there at the start of the agent be heard: from then on leaves may act at once.
    func finishQueryRound() { pause(.milliseconds(1300)) }
}
