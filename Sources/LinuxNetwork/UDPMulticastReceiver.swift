import CLinux
import Glibc
public import IPv6
public import LinuxSystem

/// A UDP socket that receives what is sent to one multicast group and port on one interface; it leaves when it goes.
///
/// Several on one host may receive the same group and port. When the interface goes or loses IPv6, the kernel forgets the
/// membership without a word, and the socket keeps what is left of it: it cannot join again (EADDRINUSE), and when it closes it
/// takes away the membership that another socket may have by then. So it is of no use any more, and to be closed soon.
public final class UDPMulticastReceiver {
    /// Octets of the largest message, of many datagrams, that the kernel puts together: more than any one datagram has.
    private static let slotSize = 65_536
    /// The most messages that one `receive` takes.
    public static let batchLimit = 32
    /// What it asks the kernel to buffer for it, in octets.
    public static let wantedBuffer = 8 << 20

    private let socket: Descriptor
    private let inbox: OpaquePointer
    private let group: IPv6Address
    private let source: IPv6Address?
    /// The interface, by number.
    public let interfaceIndex: UInt32
    /// What the kernel buffers for it, in octets: less than `wantedBuffer` without CAP_NET_ADMIN.
    public let buffer: Int

    /// Opens the socket and joins.
    ///
    /// - Parameters:
    ///   - interface: its number, and its name for errors.
    ///   - source: joins source-specifically (RFC 4607) and takes nothing else.
    /// - Throws: `SystemError`.
    public init(
        group: IPv6Address, port: UInt16, interface: (index: UInt32, name: String), source: IPv6Address?
    ) throws(SystemError) {
        let (index, name) = interface
        let socket = try Descriptor(
            "socket", lc_udp_socket())
        let number = socket.number
        // The kernel counts its own bookkeeping as well.
        let buffer = try socket.enlargeReceiveBuffer(to: Self.wantedBuffer) / 2
        try socket.setOption(SOL_SOCKET, SO_REUSEADDR, Int32(1), "SO_REUSEADDR")
        // Without these the socket would also get what others on this host have joined, and unicast.
        try socket.setOption(Int32(IPPROTO_IPV6), lc_ipv6_multicast_all, Int32(0), "IPV6_MULTICAST_ALL")
        try socket.setOption(Int32(IPPROTO_IPV6), IPV6_RECVPKTINFO, Int32(1), "IPV6_RECVPKTINFO")
        // An older kernel delivers the datagrams one by one.
        try? socket.setOption(Int32(IPPROTO_UDP), lc_udp_gro, Int32(1), "UDP_GRO")
        var to = group.raw
        try check("bind [\(group)]:\(port)", lc_udp_bind(number, &to, port, index))
        var from = (source ?? .unspecified).raw
        try check("join \(group) on \(name)", lc_udp_join(number, index, &to, &from))
        guard let inbox = lc_udp_inbox_create(Int32(Self.batchLimit), Int32(Self.slotSize)) else {
            throw SystemError("allocate receive buffers")
        }
        self.socket = socket
        self.inbox = inbox
        self.buffer = buffer
        self.group = group
        self.source = source
        interfaceIndex = index
    }

    deinit { lc_udp_inbox_destroy(inbox) }

    /// Readable when a datagram is there.
    public var descriptor: Int32 { socket.number }

    /// Datagrams for this socket that the kernel dropped because its buffer was full; wraps at 2³².
    public var drops: UInt32 { socket.receiveDrops }

    /// Whether the kernel still has the membership; nil if it does not say.
    public var isMember: Bool? {
        guard let members = Self.table("igmp6") else { return nil }
        let (index, group) = ("\(interfaceIndex)", group.hexadecimal)
        // index, name, group, users, flags, timer
        guard members.contains(where: { $0.count > 2 && $0[0] == index && $0[2] == group }) else { return false }
        guard let source = source?.hexadecimal else { return true }
        // index, name, group, source, including sockets, excluding ones
        return Self.table("mcfilter6")?.contains {
            $0.count > 3 && $0[0] == index && $0[2] == group && $0[3] == source
        }
    }

    /// The lines of a file of /proc/net in words; nil if it is not there, or longer than is read.
    private static func table(_ name: String) -> [[Substring]]? {
        // Of the thread, not of the process: a thread can be in another network namespace.
        guard let text = try? ProcFile.contents("/proc/thread-self/net/\(name)"), text.utf8.count < ProcFile.limit
        else {
            return nil
        }
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }

    /// Takes what is there, at most `batchLimit` messages of one or many datagrams.
    ///
    /// - Parameter body: called for each datagram that was sent to the group (and by the source); its octets are valid during
    ///   the call. `isTruncated`: these are only its first octets.
    /// - Returns: how many messages the kernel had, those not for this group included; 0 when there is none.
    public func receive(
        _ body: (_ octets: RawSpan, _ source: IPv6Address, _ isTruncated: Bool) -> Void
    ) throws(SystemError) -> Int {
        let count = lc_udp_receive(socket.number, inbox)
        guard count >= 0 else {
            if errno == EAGAIN || errno == EINTR { return 0 }
            throw SystemError("receive from \(group)")
        }
        for index in 0..<count {
            let raw = lc_udp_datagram(inbox, index)
            let sender = IPv6Address(raw.source.sin6_addr)
            guard IPv6Address(raw.destination) == group, raw.interface == interfaceIndex,
                source == nil || source == sender
            else { continue }
            let octets = UnsafeRawBufferPointer(start: raw.octets, count: Int(raw.length)).bytes
            let (length, piece) = (Int(raw.length), Int(raw.piece))
            var start = 0
            repeat {
                let end = min(start + piece, length)
                body(octets.extracting(start..<end), sender, raw.truncated != 0 && end == length)
                start = end
            } while start < length
        }
        return Int(count)
    }
}

extension IPv6Address {
    /// 32 digits, as /proc has it.
    fileprivate var hexadecimal: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
