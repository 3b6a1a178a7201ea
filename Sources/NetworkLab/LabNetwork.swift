import LinuxSystem
import Timing

/// A LAN of the lab: a bridge in a namespace of its own, with one port for every machine on it, named for that machine.
public final class LabNetwork: Sendable {
    public let name: String
    /// The switch. Sniffing its port of a machine shows all that this machine sends to the LAN (incoming frames) and
    /// gets from it (outgoing frames).
    public let node: LabNode
    public static let bridge = "br0"

    /// - Parameter snooping: the bridge listens to MLD and forwards a group only to ports that asked for it. Without,
    ///   as a plain switch does, everything goes everywhere.
    init(_ name: String, snooping: Bool) throws {
        self.name = name
        node = try LabNode(name, forwarding: false)
        // A switch is no host on its LAN; only as a querier it needs an address.
        if !snooping { try node.set("disable_ipv6", to: 1) }
        try node.ip([
            "link add \(Self.bridge) type bridge mcast_snooping \(snooping ? 1 : 0) forward_delay 0",
            "link set \(Self.bridge) up",
        ])
    }

    /// The switch's port towards a machine.
    public func port(of node: LabNode) -> String { String(node.name.prefix(15)) }

    /// Waits until every port has noticed its carrier and forwards.
    ///
    /// - Throws: `LabError.timedOut` after five seconds.
    public func waitUntilForwarding() throws {
        let deadline = Instant.now + .seconds(5)
        while true {
            let ports = try LabProcess.run(["ip", "-oneline", "link", "show", "master", Self.bridge], on: node).output
            if !ports.contains("state DOWN") && !ports.contains("NO-CARRIER") { return }
            guard Instant.now < deadline else { throw LabError.timedOut("the ports of \(name): \(ports)") }
            pause(.milliseconds(5))
        }
    }
}
