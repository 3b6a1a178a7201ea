import IPv6
import NetworkLab
import Testing
import Timing

/// A LAN whose switch is a snooping bridge of the kernel, with the agent on it or behind one of its ports.
private struct BridgedLAN {
    struct Setting: CustomStringConvertible {
        var isOnBridge: Bool
        var immediateLeave: Bool
        var mldVersion: Int

        var description: String {
            "agent \(isOnBridge ? "on the bridge" : "behind a port"), immediate-leave \(immediateLeave), "
                + "mcast_mld_version \(mldVersion)"
        }
    }

    static let source = IPv6Address(high: 0x2001_0db8_0001_0000, low: 1)
    static let groups = [Experiment.asm, Experiment.ssm]

    let setting: Setting
    let network: LabNetwork
    let router: LabRouter
    let hosts: [LabNode]
    /// What comes out of each host's port.
    let ports: [LabSniffer]
    private let laboratory: Laboratory
    private let directory: LabDirectory

    init(_ setting: Setting) throws {
        self.setting = setting
        laboratory = Laboratory()
        directory = try LabDirectory()
        network = try laboratory.network("lan", snooping: true)
        try network.node.ip(["link set br0 type bridge mcast_mld_version \(setting.mldVersion)"])
        let address = "\(Self.source)/64"
        let interface = setting.isOnBridge ? LabNetwork.bridge : "lan0"
        let node: LabNode
        if setting.isOnBridge {
            node = network.node
            try node.ip(["address add \(address) dev \(interface) nodad"])
        } else {
            node = try laboratory.machine("router", forwarding: true)
            try laboratory.connect(node, interface, to: network, addresses: [address])
        }
        var hosts: [LabNode] = []
        for name in ["h1", "h2"] {
            let host = try laboratory.machine(name)
            try laboratory.connect(host, "eth0", to: network)
            hosts.append(host)
        }
        self.hosts = hosts
        for host in hosts { try host.waitForLinkLocalAddress(of: "eth0") }
        try node.waitForLinkLocalAddress(of: interface)
        try network.waitUntilForwarding()
        ports = try hosts.map { try LabSniffer(on: $0, interface: "eth0") }
        try directory.write(
            """
            interfaces:
              \(interface):
                role: downstream
                mld: {\(Experiment.fastRounds), immediate-leave: \(setting.immediateLeave)}

            """, to: "lcroute.yaml")
        router = try LabRouter(
            on: node, ["--config", directory.file("lcroute.yaml")], control: directory.file("control"))
    }

    func streams() throws -> [LabStream] {
        try Self.groups.map {
            try LabStream(from: Self.source, on: router.node, interface: "lcsrc0", to: $0, rate: 200)
        }
    }

    /// Listens to both groups.
    func listen(on host: Int) throws -> [LabListener] {
        [
            try LabListener.joined(Experiment.asm, on: hosts[host]),
            try LabListener.joined(Experiment.ssm, .include([Self.source]), on: hosts[host]),
        ]
    }

    func carries(_ group: IPv6Address, to host: Int) -> Bool { ports[host].record.flow(to: group) != nil }
}

@Suite("Snooping bridges", .serialized, .needsNamespaces)
struct BridgeTests {
    private static let settings = [true, false].flatMap { isOnBridge in
        [true, false].flatMap { immediateLeave in
            [1, 2].map {
                BridgedLAN.Setting(isOnBridge: isOnBridge, immediateLeave: immediateLeave, mldVersion: $0)
            }
        }
    }

    @Test("C96 a port gets a stream while its host listens, and no longer when it has left while another listens")
    func pruning() throws {
        let lans = try Self.settings.map(BridgedLAN.init)
        let streams = try lans.flatMap { try $0.streams() }
        pause(.milliseconds(1500))  // a bridge trusts what it knows once a querier's round is over
        let staying = try lans.map { try $0.listen(on: 0) }
        for listener in staying.joined() { #expect(listener.waitForData(within: .seconds(3)) != nil) }
        for lan in lans where lan.setting.mldVersion == 2 {
            for group in BridgedLAN.groups { #expect(!lan.carries(group, to: 1), "\(lan.setting), \(group)") }
        }
        let leaving = try lans.map { try $0.listen(on: 1) }
        for listener in leaving.joined() { #expect(listener.waitForData(within: .seconds(3)) != nil) }
        for listener in staying.joined() { listener.reset() }
        for listener in leaving.joined() { listener.leave() }
        pause(.seconds(4))  // last-member-query-interval × robustness-variable, and the bridge's own
        for lan in lans { lan.ports[1].reset() }
        pause(.milliseconds(500))
        for (lan, listeners) in zip(lans, staying) {
            for listener in listeners { #expect(listener.record.missing == 0, "\(lan.setting), \(listener.group)") }
            for group in BridgedLAN.groups where lan.isPruned(group) {
                #expect(!lan.carries(group, to: 1), "\(lan.setting), \(group)")
            }
        }
        for listener in staying.joined() { listener.leave() }
        pause(.seconds(3))
        for lan in lans { lan.ports[0].reset() }
        pause(.milliseconds(300))
        for lan in lans {
            for group in BridgedLAN.groups { #expect(!lan.carries(group, to: 0), "\(lan.setting), \(group)") }
        }
        withExtendedLifetime(streams) {}
    }

    @Test("C96 the agent warns once of a bridge that snoops as for MLDv1, and says what to set")
    func warning() throws {
        let lan = try BridgedLAN(.init(isOnBridge: true, immediateLeave: true, mldVersion: 1))
        func lines(_ text: String) -> [String] { lan.router.process.lines(.errors).filter { $0.contains(text) } }
        let advice = "ip link set dev br0 type bridge mcast_mld_version 2"
        #expect(lines(advice).count == 1)
        try lan.network.node.ip(["link set dev br0 type bridge mcast_mld_version 2"])
        let cured = try lan.router.wait(.seconds(3), for: { lines("understands MLDv2 now") }) { !$0.isEmpty }
        #expect(cured.count == 1)
        try lan.network.node.ip(["link set dev br0 mtu 1400", "link set dev br0 type bridge mcast_mld_version 1"])
        let warned = try lan.router.wait(.seconds(3), for: { lines(advice) }) { $0.count == 2 }
        #expect(warned.count == 2)
    }
}

extension BridgedLAN {
    /// At version 1 the bridge needs a query for the group to prune a port, and takes the BLOCK of a source for a wish.
    fileprivate func isPruned(_ group: IPv6Address) -> Bool {
        setting.mldVersion == 2 || !group.isSourceSpecific
    }
}
