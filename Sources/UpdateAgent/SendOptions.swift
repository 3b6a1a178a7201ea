public import IPv6
public import UpdateTransport
import UpdateTrust

/// What to send, where, how fast and when.
public struct SendOptions: Sendable {
    /// When to send.
    public enum Trigger: Equatable, Sendable {
        /// From the start to the end.
        case always
        /// While the router agent behind this control socket says that somebody listens.
        case control(path: String)
    }

    /// An update file, as `lcupdate sign` makes it.
    public var file: String
    public var group: IPv6Address
    public var port: UInt16 = 4242
    /// The address to send from; nil: a global one of the interface, else of the host.
    public var source: IPv6Address?
    /// The interface to send through; nil: the one that the router agent names, else the preferred one of the host.
    public var interface: String?
    public var rate = BitRate.standard
    /// Octets of the largest IPv6 packet that may be sent; how large packets are the file says.
    public var mtu = 1_280
    public var trigger = Trigger.control(path: Self.defaultControlPath)
    /// Where in the file to begin; nil: at the beginning if listeners make it start, anywhere if it always sends.
    public var start: SendSchedule.Start?
    /// Octets of repair symbols that are encoded ahead.
    public var cache = Self.defaultCache
    /// Files of public keys, one of which must have signed the file; none: it is not looked at who has.
    public var keys: [String] = []
    /// Whether a file that nobody signed is sent.
    public var allowsUnsigned = false
    /// Whether the kernel may cut batches into datagrams.
    var segmentation = true

    public static let defaultControlPath = "/run/lcroute/control"
    public static let defaultCache = ByteCount(256 << 20)
    /// IPv6 packets that every link carries, up to a jumbo frame.
    public static let mtus = 1_280...ObjectLayout.symbolSizes.upperBound + ObjectLayout.packetOverhead

    public init(file: String, group: IPv6Address) {
        self.file = file
        self.group = group
    }

    var effectiveStart: SendSchedule.Start { start ?? (trigger == .always ? .random : .beginning) }

    /// What FLUTE receivers call the file if its manifest has no name for it.
    var announcedName: String {
        let name = file.split(separator: "/").last.map(String.init) ?? ""
        return name.hasSuffix(".lcu") ? String(name.dropLast(4)) : name
    }
}
