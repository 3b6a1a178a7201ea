public import IPv6

/// How an MLD message arrived: what its IPv6 header and its interface said. The octets come beside it.
public struct MLDArrival: Equatable, Sendable {
    public var source: IPv6Address
    public var destination: IPv6Address
    public var hopLimit: UInt8
    /// A hop-by-hop Router Alert option for MLD (RFC 2711) was there and well-formed.
    public var routerAlert: Bool
    /// The interface's index.
    public var interface: Int32
    /// False if the ICMPv6 checksum is wrong: count it, do not use it. The raw socket never delivers such a message.
    public var checksumValid: Bool

    public init(
        source: IPv6Address, destination: IPv6Address, hopLimit: UInt8, routerAlert: Bool, interface: Int32,
        checksumValid: Bool
    ) {
        self.source = source
        self.destination = destination
        self.hopLimit = hopLimit
        self.routerAlert = routerAlert
        self.interface = interface
        self.checksumValid = checksumValid
    }
}
