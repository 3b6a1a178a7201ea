import CLinux
import Glibc
public import IPv6
public import LinuxSystem

/// One change of the kernel's multicast routes, whoever made it.
public struct MulticastRouteChange: Equatable, Sendable {
    public enum Kind: Sendable { case set, removed }
    public var kind: Kind
    /// `::` for a route of any source.
    public var source: IPv6Address
    public var group: IPv6Address
    /// Interface indexes; 0 for a flow that has no route yet.
    public var incoming: Int32
    public var outgoing: [Int32]
    /// When this process took it from the socket, nanoseconds of CLOCK_REALTIME.
    public var timestamp: UInt64
}

/// Hears of every change of IPv6 multicast routes in a namespace (RTNLGRP_IPV6_MROUTE), for measuring and testing.
public struct MulticastRouteMonitor: ~Copyable {
    private let socket: Descriptor
    private let batch: MessageBatch
    private static let mostBatches = 1024

    public init(receiveBuffer: Int = 8 << 20) throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = try Descriptor("routing netlink socket", Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE))
        _ = try socket.enlargeReceiveBuffer(to: receiveBuffer)
        try check("bind routing netlink socket", lc_bind_netlink(socket.number))
        try socket.setOption(
            SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Int32(RTNLGRP_IPV6_MROUTE.rawValue), "RTNLGRP_IPV6_MROUTE")
        self.socket = socket
        batch = MessageBatch(capacity: 32, room: 4096, control: 8)
    }

    /// To be watched for readability.
    public var descriptor: Int32 { socket.number }

    /// Changes that were missed because the buffer was full; wraps at 2³².
    public var drops: UInt32 { socket.receiveDrops }

    /// Hands over the changes that wait, or very many of them.
    ///
    /// - Returns: how many there were.
    /// - Throws: ENOBUFS once when changes were missed.
    @discardableResult
    public func receive(_ body: (MulticastRouteChange) -> Void) throws(SystemError) -> Int {
        var total = 0
        for _ in 0..<Self.mostBatches {
            let count = try batch.receive(from: socket, call: "recvmmsg on a routing netlink socket")
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
            for index in 0..<count {
                RouteMessage.forEach(in: batch.octets(index).bytes) { type, message in
                    if let change = MulticastRouteChange(type: type, message: message, timestamp: now) {
                        total += 1
                        body(change)
                    }
                }
            }
            if count < batch.capacity { break }
        }
        return total
    }
}

extension MulticastRouteChange {
    init?(type: UInt16, message: RawSpan, timestamp: UInt64) {
        guard type == RTM_NEWROUTE || type == RTM_DELROUTE,
            message.byteCount >= MemoryLayout<rtmsg>.size,
            message.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == RTNL_FAMILY_IP6MR
        else { return nil }
        kind = type == RTM_NEWROUTE ? .set : .removed
        source = .unspecified
        group = .unspecified
        incoming = 0
        outgoing = []
        self.timestamp = timestamp
        let attributes = message.extracting(MemoryLayout<rtmsg>.size..<message.byteCount)
        RouteMessage.forEachAttribute(in: attributes) { type, value in
            switch type {
            case UInt16(RTA_SRC.rawValue) where value.byteCount == 16: source = IPv6Address(value, at: 0)
            case UInt16(RTA_DST.rawValue) where value.byteCount == 16: group = IPv6Address(value, at: 0)
            case UInt16(RTA_IIF.rawValue) where value.byteCount == 4:
                incoming = value.unsafeLoadUnaligned(fromByteOffset: 0, as: Int32.self)
            case UInt16(RTA_MULTIPATH.rawValue):
                RouteMessage.forEachNextHop(in: value) { interface, _ in outgoing.append(interface) }
            default: break
            }
        }
    }
}
