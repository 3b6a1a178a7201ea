import Glibc
import IPv6
import LinuxNetwork
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

    private struct State {
        var record = Record()
        /// nil until the thread has its socket, or has failed to get one.
        var start: Result<Void, any Error>?
    }

    private let state: WaitableState<State>
    private let thread: LabThread

    public init(on node: LabNode, interface: String) throws {
        let index = Int32(bitPattern: try node.index(of: interface))
        let state = WaitableState(State())
        self.state = state
        thread = try LabThread { stopping in
            do {
                try node.enter()
                let socket = try PacketSocket(interface: index, receiveBuffer: 32 << 20)
                state.update { $0.start = .success(()) }
                Self.receive(from: socket, until: stopping, into: state)
            } catch {
                state.update { $0.start = .failure(error) }
            }
        }
        try state.wait(until: .now + .seconds(10)) { $0.start }?.get()
    }

    /// A sniffer of what `machine` and the LAN send each other.
    public convenience init(_ network: LabNetwork, portOf machine: LabNode) throws {
        try self.init(on: network.node, interface: network.port(of: machine))
    }

    public func reset() { state.update { $0.record = Record() } }

    public var record: Record { state.update { $0.record } }

    /// Waits for the first data frame to a group; its time.
    public func waitForData(to group: IPv6Address, within patience: Duration) -> Instant? {
        state.wait(until: .now + patience) { $0.record.flow(to: group)?.first }
    }

    /// Waits for an MLD message that `matches`, those heard before included.
    public func waitForMessage(within patience: Duration, where matches: (MLDFrame) -> Bool) -> MLDFrame? {
        state.wait(until: .now + patience) { $0.record.messages.first(where: matches) }
    }

    /// Waits until there has been no data to `group` for `quiet`; the time of the last frame, or nil if there never was
    /// such a silence, or no data at all.
    public func waitForSilence(on group: IPv6Address, of quiet: Duration, within patience: Duration) -> Instant? {
        let deadline = Instant.now + patience
        while Instant.now < deadline {
            guard let last = record.flow(to: group)?.last else { return nil }
            if Instant.now - last >= quiet { return last }
            pause(.milliseconds(10))
        }
        return nil
    }

    private static func receive(
        from socket: borrowing PacketSocket, until stopping: Int32, into state: WaitableState<State>
    ) {
        while true {
            if waitReadable([socket.descriptor, stopping])[1] { return }
            // An interface that goes down is an error once; it may come up again.
            _ = try? socket.receive { frame, arrival in
                guard let seen = Seen(frame, arrival) else { return }
                state.update { state in
                    switch seen {
                    case .message(let message):
                        state.record.messages.append(message)
                        if state.record.messages.count > 10_000 { state.record.messages.removeFirst(1000) }
                    case .data(let flow, let octets, let sequence, let time):
                        state.record.flows[flow, default: .init()].add(octets: octets, at: time, sequence: sequence)
                    }
                }
            }
        }
    }

    /// What a frame is to a sniffer.
    private enum Seen {
        case message(MLDFrame)
        case data(Flow, octets: Int, sequence: UInt64?, at: Instant)

        /// nil: nothing of interest.
        init?(_ frame: RawSpan, _ arrival: PacketSocket.Arrival) {
            let start = 14  // Ethernet
            guard frame.byteCount >= start + 48,
                frame.unsafeLoadUnaligned(fromByteOffset: 12, as: UInt16.self) == etherTypeIPv6.bigEndian
            else { return nil }
            let packet = frame.extracting(start..<frame.byteCount)
            let destination = IPv6Address(packet, at: 24)
            guard destination.isMulticast else { return nil }
            let time = Instant(realtime: arrival.timestamp)
            let isOutgoing = arrival.direction == .outgoing
            if let message = MLDFrame(packet, outgoing: isOutgoing, at: time) {
                self = .message(message)
                return
            }
            guard packet.unsafeLoad(fromByteOffset: 6, as: UInt8.self) == UInt8(IPPROTO_UDP), !isOutgoing,
                (destination.multicastScope ?? .linkLocal) > .linkLocal
            else { return nil }
            // A segmented super-packet passes as one frame, of which only the beginning is kept.
            let length = UInt16(bigEndian: packet.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self))
            self = .data(
                Flow(source: IPv6Address(packet, at: 8), group: destination), octets: 40 + Int(length),
                sequence: LabStream.sequence(in: packet.extracting(48..<packet.byteCount)), at: time)
        }
    }
}

private let etherTypeIPv6: UInt16 = 0x86dd
