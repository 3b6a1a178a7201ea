import CLinux
import Glibc
public import IPv6
public import LinuxSystem
import Synchronization

/// A UDP socket that sends to one multicast group through one interface.
public final class UDPMulticastSender: Sendable {
    private let socket: Descriptor
    private let group: IPv6Address
    private let port: UInt16
    /// The interface that it sends through, by name and number.
    public let interface: String
    public let interfaceIndex: UInt32
    /// The address that it sends from.
    public let source: IPv6Address
    /// Octets of the largest packet that the interface carried when this was opened.
    public let mtu: Int
    /// Whether the kernel cuts batches into datagrams (UDP_SEGMENT); false once it has refused to.
    private let segmentation: Atomic<Bool>
    /// The most datagrams that one `send` takes.
    public static let batchLimit = 64
    /// The most octets that one `send` takes: what fits into one IPv6 packet.
    public static let octetLimit = 65_535 - 8

    /// Where the source address comes from.
    public enum SourceAddress: Equatable, Sendable {
        /// This one; it must be an address of this host.
        case address(IPv6Address)
        /// A global one of the interface, else of the host. A link-local one only if `linkLocal`: it is never forwarded.
        case chosen(linkLocal: Bool)
    }

    /// Opens the socket: hop limit 64, no fragments, and the MTU of the interface whatever path MTU the kernel has
    /// learned (one LAN with a small MTU would otherwise slow down all).
    ///
    /// - Parameters:
    ///   - loop: whether listeners on this very host get the packets too.
    ///   - segmentation: whether to have the kernel cut batches into datagrams, if it can.
    /// - Throws: `SystemError`; ENODEV without the interface, EADDRNOTAVAIL without a source address.
    public init(
        group: IPv6Address, port: UInt16, interface: String, source: SourceAddress, loop: Bool,
        segmentation: Bool = true
    ) throws(SystemError) {
        let index = if_nametoindex(interface)
        guard index != 0 else { throw SystemError("interface \(interface)", errno: ENODEV) }
        let socket = try Descriptor(
            "socket", lc_udp_socket())
        let number = socket.number
        try socket.setOption(Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, Int32(index), "IPV6_MULTICAST_IF")
        try socket.setOption(Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, Int32(64), "IPV6_MULTICAST_HOPS")
        try socket.setOption(Int32(IPPROTO_IPV6), IPV6_MULTICAST_LOOP, Int32(loop ? 1 : 0), "IPV6_MULTICAST_LOOP")
        try socket.setOption(Int32(IPPROTO_IPV6), IPV6_DONTFRAG, Int32(1), "IPV6_DONTFRAG")
        try socket.setOption(
            Int32(IPPROTO_IPV6), IPV6_MTU_DISCOVER, Int32(lc_ipv6_mtu_discover_interface), "IPV6_MTU_DISCOVER")
        // A millisecond of 10 Gbit/s fits; what is not taken at once is only tried again a little later.
        try socket.setOption(SOL_SOCKET, SO_SNDBUF, Int32(2 << 20), "SO_SNDBUF")
        let bound = try Self.bind(number, to: source, interface: interface, index: index)
        // Not connected: whoever forges an ICMPv6 error about its packets would make sends fail. It is not read from.
        try socket.setOption(SOL_SOCKET, SO_RCVBUF, Int32(0), "SO_RCVBUF")
        mtu = Int(try check("MTU of \(interface)", lc_interface_mtu(number, interface)))
        self.socket = consume socket
        self.segmentation = Atomic(segmentation)
        (self.group, self.port) = (group, port)
        self.source = bound
        self.interface = interface
        interfaceIndex = index
    }

    /// Whether its interface is still the one that it was opened on, not a later one of the same name.
    public var isCurrent: Bool { if_nametoindex(interface) == interfaceIndex }

    private static func bind(_ socket: Int32, to wanted: SourceAddress, interface: String, index: UInt32)
        throws(SystemError) -> IPv6Address
    {
        let candidates: [IPv6Address]
        switch wanted {
        case .address(let address): candidates = [address]
        case .chosen(let linkLocal):
            candidates = try LocalAddress.sources(for: interface, linkLocal: linkLocal)
        }
        var failure = SystemError("find a source address that routers forward", errno: EADDRNOTAVAIL)
        for candidate in candidates {
            var address = candidate.raw
            if lc_udp_bind(socket, &address, 0, candidate.isLinkLocal ? index : 0) == 0 { return candidate }
            failure = SystemError("bind to source \(candidate)")  // perhaps still tentative: the next one may do
        }
        throw failure
    }

    /// Sends datagrams that lie one behind the other, without waiting.
    ///
    /// - Parameters:
    ///   - datagrams: at most `batchLimit` of them and `octetLimit` octets.
    ///   - length: octets of each but the last, which may be shorter.
    /// - Returns: the octets that went, whole datagrams, at least one.
    /// - Throws: `SystemError`; EAGAIN or ENOBUFS if none went because the kernel is full, EMSGSIZE if they are larger than
    ///   the interface carries.
    public func send(_ datagrams: RawSpan, length: Int) throws(SystemError) -> Int {
        precondition(length > 0 && datagrams.byteCount <= min(Self.batchLimit * length, Self.octetLimit))
        let number = socket.number
        var destination = group.raw
        func attempt(_ segmentation: Bool) -> Int64 {
            datagrams.withUnsafeBytes {
                lc_udp_send_segments(
                    number, &destination, port, interfaceIndex, $0.baseAddress, Int64($0.count), Int32(length),
                    segmentation ? 1 : 0)
            }
        }
        if segmentation.load(ordering: .relaxed) {
            let sent = attempt(true)
            if sent >= 0 { return Int(sent) }
            // What the kernel does not segment it may send one by one; and only so it says that packets are too large.
            guard datagrams.byteCount > length, errno == EINVAL || errno == EIO else {
                throw SystemError("send to the group through \(interface)")
            }
            let one = attempt(false)
            guard one >= 0 else { throw SystemError("send to the group through \(interface)") }
            segmentation.store(false, ordering: .relaxed)
            return Int(one)
        }
        let sent = attempt(false)
        guard sent >= 0 else { throw SystemError("send to the group through \(interface)") }
        return Int(sent)
    }

    /// Whether batches go to the kernel as one.
    public var segments: Bool { segmentation.load(ordering: .relaxed) }
}
