import CLinux
import Glibc
public import LinuxSystem

/// A packet socket (packet(7)) on one Ethernet interface, for measuring and testing: sends frames as they are and sees
/// every frame in both directions, with the kernel's time stamp.
public struct PacketSocket: ~Copyable {
    private let socket: Descriptor
    private let batch: MessageBatch

    /// The interface's index.
    public let interface: Int32

    /// How a frame passed.
    public struct Arrival: Equatable, Sendable {
        /// The kernel's time of arrival or departure, nanoseconds of CLOCK_REALTIME.
        public var timestamp: UInt64
        public var direction: Direction
    }

    public enum Direction: Sendable {
        /// To this host, to all, or to a group.
        case incoming
        /// To another host; seen in promiscuous mode only.
        case other
        /// Sent by this host.
        case outgoing
    }

    /// - Parameters:
    ///   - interface: its index.
    ///   - room: octets kept of each frame received; the rest is cut off.
    ///   - receiveBuffer: octets to ask for. 0 for a socket that only sends: nothing is received.
    ///   - allMulticast: receive multicast frames to any group.
    ///   - bypassesQueue: send past the interface's queueing discipline.
    /// - Throws: EPERM without CAP_NET_RAW, ENODEV for no such interface.
    public init(
        interface: Int32, room: Int = 2048, receiveBuffer: Int = 8 << 20, allMulticast: Bool = true,
        bypassesQueue: Bool = false
    ) throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        // Protocol 0 receives nothing: not from other interfaces before bind, and not at all in a sender.
        let socket = try Descriptor("packet socket", Glibc.socket(AF_PACKET, type, 0))
        if receiveBuffer > 0 { _ = try socket.enlargeReceiveBuffer(to: receiveBuffer) }
        try socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, Int32(1), "SO_TIMESTAMPNS")
        if bypassesQueue {
            try socket.setOption(SOL_PACKET, PACKET_QDISC_BYPASS, Int32(1), "PACKET_QDISC_BYPASS")
        }
        if allMulticast {
            var request = packet_mreq()
            request.mr_ifindex = interface
            request.mr_type = UInt16(PACKET_MR_ALLMULTI)
            try socket.setOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, "PACKET_MR_ALLMULTI")
        }
        let protocols = UInt16(receiveBuffer > 0 ? ETH_P_ALL : 0)
        try check("bind packet socket to interface \(interface)", lc_bind_packet(socket.number, protocols, interface))
        self.socket = socket
        self.interface = interface
        batch = MessageBatch(capacity: receiveBuffer > 0 ? 64 : 1, room: room, control: 64)
    }

    /// To be watched for readability.
    public var descriptor: Int32 { socket.number }

    /// Frames that the kernel dropped because the buffer was full; wraps at 2³².
    public var drops: UInt32 { socket.receiveDrops }

    /// Sends the frames of a batch from the one numbered `start` on, without blocking.
    ///
    /// - Returns: how many were taken; fewer than there are when the interface's queue is full: wait until the
    ///   socket is writable, or a little, and go on from there.
    /// - Throws: ENETDOWN, ENXIO when the interface is gone, EMSGSIZE for a frame longer than its MTU.
    public func send(_ frames: borrowing FrameBatch, from start: Int = 0) throws(SystemError) -> Int {
        var sent = max(start, 0)
        while sent < frames.count {
            let count = frames.send(sent..<min(frames.count, sent + 1024), to: socket.number)
            if count >= 0 {
                sent += Int(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return sent - start
            default: throw SystemError("send frames on interface \(interface)")
            }
        }
        return sent - start
    }

    /// Hands over frames that have passed, until nothing is left or `limit` is reached. Allocates nothing.
    ///
    /// - Returns: how many were taken from the socket.
    /// - Throws: ENETDOWN once when the interface goes down; the socket hears again when it is back.
    @discardableResult
    public func receive(limit: Int = 4096, _ body: (_ frame: RawSpan, _ arrival: Arrival) -> Void)
        throws(SystemError) -> Int
    {
        var total = 0
        while total < limit {
            let count = try batch.receive(from: socket, call: "recvmmsg on a packet socket")
            for index in 0..<count {
                let direction: Direction =
                    switch Int32(batch.name(index, as: sockaddr_ll.self).sll_pkttype) {
                    case PACKET_OUTGOING: .outgoing
                    case PACKET_OTHERHOST: .other
                    default: .incoming
                    }
                let timestamp = lc_message_timestamp(batch.header(index))
                body(batch.octets(index).bytes, Arrival(timestamp: timestamp, direction: direction))
            }
            total += count
            if count < batch.capacity { break }
        }
        return total
    }
}
