public import IPv6

/// How an MLD message arrived: what its IPv6 headers and its link said. The octets come beside it.
///
/// Whatever hears for a router (a socket, a live capture, a capture file) makes these here, so that all of them agree on what
/// is an MLD message and what is wrong with it.
public struct MLDArrival: Equatable, Sendable {
    public var source: IPv6Address
    public var destination: IPv6Address
    public var hopLimit: UInt8
    /// A hop-by-hop Router Alert option for MLD (RFC 2711) was there and well-formed.
    public var routerAlert: Bool
    /// The interface's index; 0 where there is none.
    public var interface: Int32
    /// Why the message cannot be used; nil if it can. It is to be counted then, and its octets are not whole.
    public var defect: Defect?

    public enum Defect: Hashable, Sendable, CaseIterable {
        /// The ICMPv6 checksum is wrong.
        case checksum
        /// Longer than ``MLDArrival/longestMessage``.
        case tooLong
        /// Only a part of it was captured.
        case cut
        /// It came in fragments that could not be put together.
        case fragment
    }

    /// The longest message that is taken, in octets: more than a jumbo frame of 9,000 holds.
    public static let longestMessage = 9216

    public init(
        source: IPv6Address, destination: IPv6Address, hopLimit: UInt8, routerAlert: Bool, interface: Int32 = 0,
        defect: Defect? = nil
    ) {
        self.source = source
        self.destination = destination
        self.hopLimit = hopLimit
        self.routerAlert = routerAlert
        self.interface = interface
        self.defect = defect
    }

    /// The judgement of an ICMPv6 message; nil if it is none of MLD.
    ///
    /// - Parameters:
    ///   - message: its octets, or the beginning of them.
    ///   - length: how many it had.
    ///   - routerAlert: whether the headers before it had the option.
    public init?(
        _ message: RawSpan, length: Int, from source: IPv6Address, to destination: IPv6Address, hopLimit: UInt8,
        routerAlert: Bool, interface: Int32 = 0
    ) {
        guard message.byteCount > 0, MLDMessageType(rawValue: message.octet(at: 0)) != nil else { return nil }
        self.init(
            source: source, destination: destination, hopLimit: hopLimit, routerAlert: routerAlert,
            interface: interface)
        if length > Self.longestMessage {
            defect = .tooLong
        } else if message.byteCount < length {
            defect = .cut
        } else {
            var checksum = InternetChecksum(
                source: source, destination: destination, length: length, nextHeader: IPv6Packet.icmpv6)
            checksum.add(message)
            if checksum.value != 0 { defect = .checksum }
        }
    }

    /// Of a packet whose message is not there.
    init(_ packet: IPv6Packet, interface: Int32, defect: Defect) {
        self.init(
            source: packet.source, destination: packet.destination, hopLimit: packet.hopLimit,
            routerAlert: packet.routerAlert, interface: interface, defect: defect)
    }
}
