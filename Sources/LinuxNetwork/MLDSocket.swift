import CLinux
import Glibc
public import IPv6
public import LinuxSystem
public import MLD

/// The raw ICMPv6 sockets through which a router hears and sends MLD on all its links.
///
/// It hears MLDv2 reports (ff02::16), Done (ff02::2) and queries, bad checksums included. MLDv1 reports, which go to the group
/// itself, come only with Router Alert, not for groups of link scope, and while a `MulticastRoutingSocket` is open in
/// the same namespace. It also hears what this host itself sends: its own queries, and the reports of its own listeners.
public struct MLDSocket: ~Copyable {
    private let socket: Descriptor
    /// The kernel verifies checksums on sockets only for which it writes them, too.
    private let sender: Descriptor
    private let batch: MessageBatch
    private let losses = Losses()

    /// The receive buffer that the kernel gave, in octets as it counts them: twice the data. Less than
    /// twice what was asked for means that neither CAP_NET_ADMIN nor net.core.rmem_max allowed more.
    public let receiveBufferSize: Int

    /// Octets asked for by default: 20,000 reports of one record.
    public static let receiveBuffer = 8 << 20

    /// The longest header of hop-by-hop options, and room for the other ancillary data.
    private static let controlRoom = 2048 + 192

    /// - Parameter receiveBuffer: octets to ask for.
    /// - Throws: EPERM without CAP_NET_RAW; EAFNOSUPPORT where the kernel has no IPv6.
    public init(receiveBuffer: Int = Self.receiveBuffer) throws(SystemError) {
        let socket = try Self.make(passing: MLDMessageType.allCases.map(\.rawValue))
        let size = try socket.enlargeReceiveBuffer(to: receiveBuffer)
        let level = Int32(IPPROTO_IPV6)
        let on: Int32 = 1
        // Wrong checksums are to be counted. On this level, though the option is one of IPv6, see ipv6(7) and its source.
        try socket.setOption(SOL_RAW, IPV6_CHECKSUM, Int32(-1), "IPV6_CHECKSUM")
        try socket.setOption(SOL_SOCKET, SO_RXQ_OVFL, on, "SO_RXQ_OVFL")
        try socket.setOption(level, IPV6_RECVPKTINFO, on, "IPV6_RECVPKTINFO")
        try socket.setOption(level, IPV6_RECVHOPLIMIT, on, "IPV6_RECVHOPLIMIT")
        try socket.setOption(level, IPV6_RECVHOPOPTS, on, "IPV6_RECVHOPOPTS")
        let sender = try Self.make(passing: [])
        try sender.setOption(level, IPV6_MULTICAST_HOPS, on, "IPV6_MULTICAST_HOPS")
        try sender.setOption(level, IPV6_UNICAST_HOPS, on, "IPV6_UNICAST_HOPS")
        // The router's own listeners must hear its queries, too.
        try sender.setOption(level, IPV6_MULTICAST_LOOP, on, "IPV6_MULTICAST_LOOP")
        // Sent with every message: Router Alert with value 0, MLD, and padding (RFC 2711 §2.1). As octets in memory:
        let routerAlert: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 5, 2, 0, 0, 1, 0)
        try sender.setOption(level, IPV6_HOPOPTS, routerAlert, "IPV6_HOPOPTS")
        self.socket = socket
        self.sender = sender
        receiveBufferSize = size
        batch = MessageBatch(capacity: 32, room: MLDArrival.longestMessage, control: Self.controlRoom)
    }

    private static func make(passing types: [UInt8]) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = try Descriptor("raw ICMPv6 socket for MLD", Glibc.socket(AF_INET6, type, Int32(IPPROTO_ICMPV6)))
        try check("setsockopt ICMP6_FILTER", lc_icmpv6_pass_only(socket.number, types, Int32(types.count)))
        return socket
    }

    /// To be watched for readability.
    public var descriptor: Int32 { socket.number }

    /// Messages that the kernel dropped because the buffer was full; wraps at 2³².
    public var drops: UInt32 { socket.receiveDrops }

    /// What the kernel dropped since this was last asked, by the interface whose message came next: it does not tell whose
    /// messages were lost.
    public func takeDrops() -> [Int32: UInt64] {
        defer { losses.byInterface.removeAll() }
        return losses.byInterface
    }

    private final class Losses {
        var seen: UInt32 = 0
        var byInterface: [Int32: UInt64] = [:]
    }

    /// Joins ff02::16 and ff02::2 on an interface. Joining again is no error.
    ///
    /// - Throws: ENODEV for no such interface; ENOMEM or ENOBUFS when net.core.optmem_max is too small for so many.
    public func join(interface: Int32) throws(SystemError) {
        for group in [IPv6Address.allMLDv2Routers, .allRouters] {
            do {
                try membership(IPV6_ADD_MEMBERSHIP, group, interface, "join \(group) on interface \(interface)")
            } catch {
                guard error.errno == EADDRINUSE else { throw error }
            }
        }
    }

    /// Leaves what `join` joined. An interface that is gone or was not joined is no error.
    public func leave(interface: Int32) throws(SystemError) {
        for group in [IPv6Address.allMLDv2Routers, .allRouters] {
            do {
                try membership(IPV6_DROP_MEMBERSHIP, group, interface, "leave \(group) on interface \(interface)")
            } catch {
                guard error.errno == EADDRNOTAVAIL || error.errno == ENODEV else { throw error }
            }
        }
    }

    private func membership(_ option: Int32, _ group: IPv6Address, _ interface: Int32, _ call: String)
        throws(SystemError)
    {
        var request = ipv6_mreq(ipv6mr_multiaddr: group.raw, ipv6mr_interface: UInt32(bitPattern: interface))
        let size = socklen_t(MemoryLayout.size(ofValue: request))
        try check(call, setsockopt(socket.number, Int32(IPPROTO_IPV6), option, &request, size))
    }

    /// Hands over what has arrived, until nothing is left or `limit` is reached (a readable socket reports again).
    ///
    /// Allocates nothing. The octets are the ICMPv6 message, valid during the call of `body`, which may use this socket;
    /// what is wrong with a message, and so to be counted only, the arrival says.
    /// - Returns: how many messages were taken from the socket.
    @discardableResult
    public func receive(limit: Int = 1024, _ body: (_ octets: RawSpan, _ arrival: MLDArrival) -> Void)
        throws(SystemError) -> Int
    {
        var total = 0
        while total < limit {
            let count = try batch.receive(from: socket, call: "recvmmsg on the MLD socket")
            for index in 0..<count {
                let octets = batch.octets(index).bytes
                if let arrival = arrival(index, octets) { body(octets, arrival) }
            }
            total += count
            if count < batch.capacity { break }
        }
        return total
    }

    private func arrival(_ index: Int, _ message: RawSpan) -> MLDArrival? {
        let ancillary = lc_icmpv6_ancillary(batch.header(index))
        if ancillary.drops != losses.seen && ancillary.drops != 0 {
            losses.byInterface[ancillary.interface, default: 0] += UInt64(ancillary.drops &- losses.seen)
            losses.seen = ancillary.drops
        }
        var routerAlert = false
        if let header = ancillary.hop_by_hop {
            let octets = UnsafeRawBufferPointer(start: header, count: ancillary.hop_by_hop_length)
            // Malformed options are as good as none.
            routerAlert = (try? IPv6Packet.hasRouterAlert(octets.bytes)) ?? false
        }
        return MLDArrival(
            message, length: message.byteCount + (batch.wasCut(index) ? 1 : 0),
            from: IPv6Address(batch.name(index, as: sockaddr_in6.self).sin6_addr),
            to: IPv6Address(ancillary.destination), hopLimit: UInt8(clamping: ancillary.hop_limit),
            routerAlert: routerAlert, interface: ancillary.interface)
    }

    /// Sends one ICMPv6 message with hop limit 1 and Router Alert; the kernel fills in the checksum.
    ///
    /// - Parameter source: the link-local address of the interface. Left out, the kernel chooses, and for a group of
    ///   wider scope than the link it prefers a global address, which MLD forbids (RFC 9777 §5).
    /// - Throws: EADDRNOTAVAIL if the interface has no such address, ENETDOWN, EAGAIN when its queue is full.
    public func send(
        _ octets: RawSpan, to destination: IPv6Address, from source: IPv6Address = .unspecified, interface: Int32
    ) throws(SystemError) {
        var to = destination.raw
        var from = source.raw
        let number = sender.number
        let sent = octets.withUnsafeBytes { octets in
            lc_icmpv6_send(number, octets.baseAddress, octets.count, &to, &from, interface)
        }
        guard sent >= 0 else { throw SystemError("send MLD to \(destination) on interface \(interface)") }
    }
}
