import CLinux
import Glibc
import IPv6
import LinuxSystem
import Timing

/// Listens to everything on one interface: multicast data that comes in, and MLD in both directions, with kernel times.
///
/// On a LAN's port of a machine (`LabNetwork.port(of:)`), "comes in" is what that machine sends to the LAN.
public final class LabSniffer: Sendable {
    /// One stream on the wire.
    public struct Flow: Hashable, Sendable {
        public var source: IPv6Address
        public var group: IPv6Address
    }

    /// Since the start or the last `reset`.
    public struct Record: Sendable {
        /// Multicast data (UDP to a group beyond the link) that came in.
        public internal(set) var flows: [Flow: ArrivalRecord] = [:]
        /// MLD messages, the last 10,000.
        public internal(set) var messages: [MLDFrame] = []

        public var frames: Int { flows.values.reduce(0) { $0 + $1.count } }
        public var octets: Int { flows.values.reduce(0) { $0 + $1.octets } }

        /// All flows to a group together; nil: none.
        public func flow(to group: IPv6Address, from source: IPv6Address? = nil) -> ArrivalRecord? {
            flows.filter { $0.key.group == group && (source == nil || $0.key.source == source) }
                .max { $0.value.count < $1.value.count }?.value
        }
    }

    private let state: WaitableState<Record>
    private let thread: LabThread

    public init(on node: LabNode, interface: String) throws {
        let index = try node.index(of: interface)
        let descriptor = try node.perform {
            try check("a packet socket on \(interface) of \(node.name)", lc_sniffing_socket(index))
        }
        if (try? setOption(descriptor, level: SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", to: Int32(16 << 20))) == nil
        {
            try? setOption(descriptor, level: SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", to: Int32(16 << 20))
        }
        _ = lc_enable_timestamps(descriptor)
        let state = WaitableState(Record())
        self.state = state
        thread = try LabThread { stopping in
            defer { close(descriptor) }
            Self.receive(from: descriptor, until: stopping, into: state)
        }
    }

    /// A sniffer of what `machine` and the LAN send each other.
    public convenience init(_ network: LabNetwork, portOf machine: LabNode) throws {
        try self.init(on: network.node, interface: network.port(of: machine))
    }

    public func reset() { state.update { $0 = Record() } }

    public var record: Record { state.update { $0 } }

    /// Waits for the first data frame to a group; its time.
    public func waitForData(to group: IPv6Address, within patience: Duration) -> Instant? {
        state.wait(until: .now + patience) { $0.flow(to: group)?.first }
    }

    /// Waits for an MLD message that `matches`, those heard before included.
    public func waitForMessage(within patience: Duration, where matches: (MLDFrame) -> Bool) -> MLDFrame? {
        state.wait(until: .now + patience) { $0.messages.first(where: matches) }
    }

    /// Waits until there has been no data to `group` for `quiet`; the time of the last frame, or nil if there never was
    /// such a silence, or no data at all.
    public func waitForSilence(on group: IPv6Address, of quiet: Duration, within patience: Duration) -> Instant? {
        let deadline = Instant.now + patience
        while Instant.now < deadline {
            guard let last = record.flow(to: group)?.last else { return nil }
            if Instant.now - last >= quiet { return last }
            usleep(10_000)
        }
        return nil
    }

    private static func receive(from descriptor: Int32, until stopping: Int32, into state: WaitableState<Record>) {
        var octets = [UInt8](repeating: 0, count: 2048)
        var stamped = lc_stamped()
        while true {
            if waitReadable([descriptor, stopping])[1] { return }
            while true {
                let length = lc_receive_stamped(descriptor, &octets, octets.count, &stamped)
                if length < 0 { break }
                guard stamped.ether_type == UInt16(ETH_P_IPV6), length >= 40 else { continue }
                let time = Instant(realtime: stamped.realtime)
                let destination = IPv6Address(octets.span.bytes, at: 24)
                guard destination.isMulticast else { continue }
                if let message = MLDFrame(
                    octets[..<min(length, octets.count)], outgoing: stamped.outgoing != 0, at: time)
                {
                    state.update { record in
                        record.messages.append(message)
                        if record.messages.count > 10_000 { record.messages.removeFirst(1000) }
                    }
                } else if octets[6] == UInt8(IPPROTO_UDP), stamped.outgoing == 0,
                    (destination.multicastScope ?? .linkLocal) > .linkLocal
                {
                    let flow = Flow(source: IPv6Address(octets.span.bytes, at: 8), group: destination)
                    let sequence = LabStream.sequence(in: octets[48..<max(48, min(length, octets.count))])
                    state.update { $0.flows[flow, default: .init()].add(octets: length, at: time, sequence: sequence) }
                }
            }
        }
    }
}
