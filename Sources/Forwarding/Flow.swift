public import IPv6

/// A stream of packets: one source sending to one group.
public struct Flow: Hashable, Sendable {
    public var source: IPv6Address
    public var group: IPv6Address

    public init(source: IPv6Address, group: IPv6Address) {
        self.source = source
        self.group = group
    }

    /// Whether any router may pass it on: not from a link-local or impossible source (RFC 4291 §2.5.6), and not to a
    /// group of scope 0, 1 or 2 (RFC 4291 §2.7).
    public var mayBeForwarded: Bool {
        guard let scope = group.multicastScope, scope > .linkLocal else { return false }
        return !source.isLinkLocal && !source.isUnspecified && !source.isLoopback && !source.isMulticast
    }
}

/// What the kernel has counted on a route.
public struct RouteCounters: Equatable, Sendable {
    /// All packets of the flow, those that came in on the wrong interface included.
    public var packets: UInt64
    public var bytes: UInt64
    /// Packets that came in on another interface than the route's.
    public var wrongInterface: UInt64

    /// Packets that came in on the route's own interface.
    public var arrived: UInt64 { packets >= wrongInterface ? packets - wrongInterface : 0 }

    public init(packets: UInt64 = 0, bytes: UInt64 = 0, wrongInterface: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
        self.wrongInterface = wrongInterface
    }
}

/// What a multicast interface is to forwarding (RFC 4605 §4 for the first two).
public enum InterfaceRole: Hashable, Sendable {
    /// Towards the root of the tree; gets everything that comes from downstream.
    case upstream
    /// A LAN of listeners; gets what they asked for.
    case downstream
    /// The co-located sender's link: forwarded from, never to.
    case source
}
