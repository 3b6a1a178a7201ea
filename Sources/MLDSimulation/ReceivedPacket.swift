import IPv6

/// An MLD packet as it comes from a link, its headers parsed and its checksum looked at: what a kernel does for the daemon.
struct ReceivedPacket {
    let source: IPv6Address
    let destination: IPv6Address
    let hopLimit: UInt8
    let routerAlert: Bool
    /// Where the ICMPv6 octets are.
    let payload: Range<Int>
    /// The checksum is right.
    let isIntact: Bool

    /// nil for what is no ICMPv6 packet.
    init?(_ octets: [UInt8]) {
        let span = octets.span.bytes
        guard let packet = try? IPv6Packet(parsing: span), packet.nextHeader == IPv6Packet.icmpv6,
            packet.payload.count >= 4
        else { return nil }
        source = packet.source
        destination = packet.destination
        hopLimit = packet.hopLimit
        routerAlert = packet.routerAlert
        payload = packet.payload
        var checksum = InternetChecksum(
            source: source, destination: destination, length: payload.count, nextHeader: IPv6Packet.icmpv6)
        checksum.add(span.extracting(payload))
        isIntact = checksum.value == 0
    }
}
