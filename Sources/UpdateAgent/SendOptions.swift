public import IPv6
public import UpdateTransport

/// What to send, where, how fast and when.
public struct SendOptions: Sendable {
    /// When to send.
    public enum Trigger: Equatable, Sendable {
        /// From the start to the end.
        case always
        /// While the router agent behind this control socket says that somebody listens.
        case control(path: String)
    }

    public var file: String
    public var group: IPv6Address
    public var port: UInt16 = 4242
    /// The address to send from; nil: a global one of the interface, else of the host.
    public var source: IPv6Address?
    /// The interface to send through; nil: the one that the router agent names, else the preferred one of the host.
    public var interface: String?
    public var rate = BitRate.standard
    /// Octets of the largest IPv6 packet.
    public var mtu = 1_280
    public var trigger = Trigger.control(path: Self.defaultControlPath)

    public static let defaultControlPath = "/run/lcroute/control"
    /// IPv6 packets that every link carries, up to a jumbo frame.
    public static let mtus =
        1_280...Int(CarouselObject.symbolSizes.upperBound) + CarouselPacket.headerLength + CarouselPacket.overhead

    public init(file: String, group: IPv6Address) {
        self.file = file
        self.group = group
    }

    /// Octets of the file in one packet.
    var symbolSize: UInt16 { UInt16(mtu - CarouselPacket.overhead - CarouselPacket.headerLength) }
}
