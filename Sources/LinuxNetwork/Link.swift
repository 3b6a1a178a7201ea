public import IPv6

/// A network interface as the kernel has it now.
public struct Link: Equatable, Sendable {
    public var index: Int32
    public var name: String
    /// The driver's kind, `veth` or `bridge`; empty for most hardware.
    public var kind: String
    /// Switched on by the administrator (IFF_UP).
    public var isUp: Bool
    /// Up and able to carry packets: the other end is there (IFF_RUNNING).
    public var isRunning: Bool
    public var isMulticastCapable: Bool
    public var isLoopback: Bool
    /// A port of a bridge, which cannot be a multicast interface: the bridge can.
    public var isBridgePort: Bool
    /// The bridge that it is a port of, by name.
    public var bridge: String?
    /// What a bridge does about multicast; nil for other links.
    public var snooping: MulticastSnooping?
    /// Octets.
    public var mtu: Int
    /// The lowest usable one: duplicate address detection has passed.
    public var linkLocalAddress: IPv6Address?
    /// The other usable IPv6 addresses, sorted.
    public var addresses: [IPv6Address]
}

/// How a bridge of the kernel listens to MLD, to send a group only where it is wanted.
public struct MulticastSnooping: Equatable, Sendable {
    /// `mcast_snooping`; without, everything goes everywhere.
    public var isOn: Bool
    /// `mcast_mld_version`. With 1, the kernel's default, it loses the sources of reports, and takes a BLOCK for a refresh.
    public var mldVersion: Int

    /// Whether it takes the reports of MLDv2 hosts for what they are.
    public var understandsSources: Bool { !isOn || mldVersion >= 2 }
}

/// One difference between what was known of the links and what is.
public enum LinkChange: Equatable, Sendable {
    case added(Link)
    case changed(from: Link, to: Link)
    /// As it was before it went.
    case removed(Link)
}
