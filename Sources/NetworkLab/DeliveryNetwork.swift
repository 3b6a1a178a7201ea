import IPv6
import LinuxSystem
import Timing

/// The network of the delivery benchmark: everybody on one switch that knows nothing of groups.
///
///     sender1 ──┐          ┌── receiver1  each loses datagrams of its own
///     sender2 ──┤  switch  ├── …
///     intruder ─┘          └── receiver8
final class DeliveryNetwork: Sendable {
    static let interface = "eth0"

    let senders: [LabNode]
    let receivers: [LabNode]
    /// Hears all and may send anything.
    let intruder: LabNode
    private let laboratory: Laboratory

    /// - Parameters:
    ///   - lossPerMille: of the UDP datagrams that come to a receiver, each by itself.
    ///   - cutsSegments: the senders' kernels put every packet on the wire by itself. Otherwise a batch of packets
    ///     that a program hands over in one piece (UDP GSO) crosses the network in one piece, and is lost in one.
    init(senders: Int, receivers: Int, lossPerMille: Int, cutsSegments: Bool) throws {
        let laboratory = Laboratory()
        self.laboratory = laboratory
        let lan = try laboratory.network("switch")
        self.senders = try (1...senders).map { try laboratory.machine("sender\($0)") }
        self.receivers = try (1...receivers).map { try laboratory.machine("receiver\($0)") }
        intruder = try laboratory.machine("intruder")
        for (index, node) in ([intruder] + self.senders + self.receivers).enumerated() {
            try laboratory.connect(node, Self.interface, to: lan, addresses: ["\(Self.address(of: index))/64"])
            // For programs that know IPv4 only; they ask for the broadcast address.
            try node.ip(["address add 10.76.67.\(index + 1)/24 broadcast + dev \(Self.interface)"])
        }
        for node in self.senders {
            if cutsSegments { try node.ip(["link set \(Self.interface) gso_max_segs 1"]) }
        }
        for node in self.receivers where lossPerMille > 0 { try Self.lose(lossPerMille, at: node) }
        for node in [intruder] + self.senders + self.receivers {
            try node.waitForLinkLocalAddress(of: Self.interface)
        }
        try lan.waitUntilForwarding()
    }

    func address(ofSender number: Int) -> IPv6Address { Self.address(of: 1 + number) }
    func address(ofReceiver number: Int) -> IPv6Address { Self.address(of: 1 + senders.count + number) }

    private static func address(of index: Int) -> IPv6Address {
        IPv6Address(high: 0x2001_0db8_0001_0000, low: UInt64(index + 1))
    }

    private static func lose(_ perMille: Int, at node: LabNode) throws {
        let rules = """
            table netdev loss {
                chain arriving {
                    type filter hook ingress device \(interface) priority 0
                    meta l4proto udp numgen random mod 1000 < \(perMille) drop
                }
            }

            """
        let result = try LabProcess.run(["nft", "--file", "-"], on: node, input: rules)
        guard result.exit == .code(0) else {
            throw LabError.failed(command: "nft in \(node.name)", message: result.errors)
        }
    }
}
