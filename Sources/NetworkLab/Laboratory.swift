import Glibc
import IPv6
import LinuxSystem
import Synchronization
import Timing

/// A network of namespaces on this machine, which is gone when this value is, whatever happens to the process.
///
/// The namespaces have no names unless `expose` gives them some, so experiments that run at the same time never collide.
public final class Laboratory: Sendable {
    /// Unique on this machine: "lclab-PID-N".
    public let name: String
    private let state: WaitableState<State>

    private struct State {
        var nodes: [LabNode] = []
        var exposed: [String] = []
        var ends = 0
    }

    private static let made = Atomic<Int>(0)

    public init() {
        let number = Self.made.add(1, ordering: .relaxed).newValue
        name = "lclab-\(getpid())-\(number)"
        state = WaitableState(State())
    }

    deinit {
        for name in state.update({ $0.exposed }) { ExposedNamespace.remove(name) }
    }

    /// Whether this process may make network namespaces and configure them.
    public static var isPermitted: Bool { (try? LabNode("probe", forwarding: false)) != nil }

    /// Removes what laboratories of this process have put into the file system. For a process that a signal ends:
    /// namespaces and programs go with it by themselves.
    public static func abandonAll() {
        ExposedNamespace.removeOwn()
        LabDirectory.removeOwn()
    }

    /// Adds a machine.
    ///
    /// - Throws: `LabError.notPermitted` saying what privilege is missing.
    public func machine(_ name: String, forwarding: Bool = false) throws -> LabNode {
        let node = try LabNode(name, forwarding: forwarding)
        state.update { $0.nodes.append(node) }
        return node
    }

    /// Adds a LAN; see `LabNetwork`.
    public func network(_ name: String, snooping: Bool = false) throws -> LabNetwork {
        let network = try LabNetwork(name, snooping: snooping)
        state.update { $0.nodes.append(network.node) }
        return network
    }

    /// Plugs an interface of a machine into a LAN.
    ///
    /// - Parameter addresses: as ip(8) takes them, with prefix length.
    public func connect(_ machine: LabNode, _ interface: String, to network: LabNetwork, addresses: [String] = [])
        throws
    {
        let port = network.port(of: machine)
        try machine.ip(
            ["link add \(interface) \(nextEnd()) type veth peer name \(port) \(nextEnd()) netns \(network.node.path)"]
                + addresses.map { "address add \($0) dev \(interface) nodad" } + ["link set \(interface) up"])
        try network.node.ip(["link set \(port) master \(LabNetwork.bridge) up"])
    }

    /// A cable between two machines.
    public func connect(
        _ first: LabNode, _ firstInterface: String, addresses firstAddresses: [String] = [], with second: LabNode,
        _ secondInterface: String, addresses secondAddresses: [String] = []
    ) throws {
        try first.ip(
            [
                "link add \(firstInterface) \(nextEnd()) type veth "
                    + "peer name \(secondInterface) \(nextEnd()) netns \(second.path)"
            ] + firstAddresses.map { "address add \($0) dev \(firstInterface) nodad" } + [
                "link set \(firstInterface) up"
            ])
        try second.ip(
            secondAddresses.map { "address add \($0) dev \(secondInterface) nodad" } + [
                "link set \(secondInterface) up"
            ])
    }

    /// Hardware address and index of the next end of a link, as ip(8) takes them.
    ///
    /// Hardware addresses count up, so that a machine's link-local address is the same in every run. So do indexes: where
    /// both ends of a veth pair have the same one, the kernel takes the link for a bare device whose carrier is not
    /// urgent, and leaves it down for up to a second.
    private func nextEnd() -> String {
        let number = state.update { state in
            state.ends += 1
            return state.ends
        }
        let hexadecimal = String(number & 0xffff | 0x10000, radix: 16).suffix(4)
        return "address 02:4c:43:00:\(hexadecimal.prefix(2)):\(hexadecimal.suffix(2)) index \(100 + number)"
    }

    /// Gives every namespace a name for `ip netns exec`, until this value goes; the names by machine.
    public func expose() throws -> [(machine: String, namespace: String)] {
        ExposedNamespace.removeLeftovers()
        var names: [(machine: String, namespace: String)] = []
        for node in state.update({ $0.nodes }) {
            let namespace = "\(name)-\(node.name)"
            try ExposedNamespace.make(namespace, of: node)
            state.update { $0.exposed.append(namespace) }
            names.append((node.name, namespace))
        }
        return names
    }
}
