import IPv6
import MLD

/// What an IPv6 packet on the wire is to a router that listens for MLD.
enum MLDPacket: Equatable {
    /// Another protocol, or what no router takes in: broken headers, a fragment.
    case other
    /// MLD as far as can be seen, but the capture does not hold all of it.
    case cut
    /// MLD with a wrong ICMPv6 checksum.
    case wrongChecksum
    /// MLD: the headers of the packet, and in `payload` where the ICMPv6 message is.
    case message(IPv6Packet)

    /// - Parameter octets: from the IPv6 header on, link-layer padding included.
    init(_ octets: RawSpan) {
        guard let packet = try? IPv6Packet(parsing: octets) else {
            self = Self.isCutMLD(octets) ? .cut : .other
            return
        }
        guard Self.isMLD(packet, in: octets) else {
            self = .other
            return
        }
        let message = octets.extracting(packet.payload)
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: message.byteCount,
            nextHeader: IPv6Packet.icmpv6)
        checksum.add(message)
        self = checksum.value == 0 ? .message(packet) : .wrongChecksum
    }

    private static func isMLD(_ packet: IPv6Packet, in octets: RawSpan) -> Bool {
        guard packet.nextHeader == IPv6Packet.icmpv6, !packet.payload.isEmpty else { return false }
        let type = octets.unsafeLoad(fromByteOffset: packet.payload.lowerBound, as: UInt8.self)
        return MLDMessageType(rawValue: type) != nil
    }

    /// Whether the packet ends before its length says and is MLD by what is there of it.
    private static func isCutMLD(_ octets: RawSpan) -> Bool {
        var head = octets.withUnsafeBytes { Array($0) }
        guard head.count >= 40, head.count < 40 + Int(head[4]) << 8 + Int(head[5]) else { return false }
        let (hopLimit, destination, nextHeader) = (head[7], head[24], head[6])
        // As if it had been sent no longer than that: then it is for the parser to say what it begins with.
        head[4] = UInt8(truncatingIfNeeded: (head.count - 40) >> 8)
        head[5] = UInt8(truncatingIfNeeded: head.count - 40)
        if let packet = try? IPv6Packet(parsing: head.span.bytes), !packet.payload.isEmpty {
            return isMLD(packet, in: head.span.bytes)
        }
        // The message's type is not there. To a multicast address with hop limit 1 goes little else.
        return hopLimit == 1 && destination == 0xff && [0, IPv6Packet.icmpv6].contains(nextHeader)
    }
}
