import CLinux
public import IPv6

/// What the kernel tells the owner of its multicast forwarding table (`struct mrt6msg`).
public struct MulticastUpcall: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        /// A packet of a flow without a route: it waits in the kernel for one, 10 s at most.
        case noCache = 1
        /// A packet of a routed flow came in on another MIF than the route's; at most one upcall in 3 s per flow.
        case wrongMIF = 2
        /// A whole packet for a PIM register; not asked for here.
        case wholePacket = 3
        /// The whole packet of a `wrongMIF`; not asked for here.
        case wrongMIFWholePacket = 4
    }

    public var kind: Kind
    /// Where the packet came in.
    public var mif: MIF
    public var source: IPv6Address
    public var group: IPv6Address

    /// What the upcall's own octets are: anything behind them is not valid.
    static let length = 40

    public init(kind: Kind, mif: MIF, source: IPv6Address, group: IPv6Address) {
        self.kind = kind
        self.mif = mif
        self.source = source
        self.group = group
    }

    /// nil for what is no upcall: a real ICMPv6 message never has a type of zero.
    init?(parsing octets: RawSpan) {
        guard octets.byteCount >= Self.length,
            octets.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0,
            let kind = Kind(rawValue: octets.unsafeLoad(fromByteOffset: 1, as: UInt8.self)),
            let number = UInt8(exactly: octets.unsafeLoadUnaligned(fromByteOffset: 2, as: UInt16.self)),
            let mif = MIF(rawValue: number)
        else { return nil }
        self.kind = kind
        self.mif = mif
        source = IPv6Address(octets, at: 8)
        group = IPv6Address(octets, at: 24)
    }
}
