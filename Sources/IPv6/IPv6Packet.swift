/// The headers of one IPv6 packet, up to its upper-layer protocol (RFC 8200 §3, §4).
public struct IPv6Packet: Equatable, Sendable {
    public var source: IPv6Address
    public var destination: IPv6Address
    public var hopLimit: UInt8
    /// A hop-by-hop Router Alert option with value 0, "MLD" (RFC 2711), in any order and padding of options.
    public var routerAlert: Bool
    /// The upper-layer protocol, 58 for ICMPv6.
    public var nextHeader: UInt8
    /// Where its octets are in the buffer that was parsed. Link-layer padding behind the packet is left out.
    public var payload: Range<Int>

    public static let icmpv6: UInt8 = 58

    /// Parses a packet that starts with the IPv6 header. Fragments are not reassembled: `nextHeader` is then 44.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 40 else { throw .tooShort(needed: 40, had: octets.byteCount) }
        let version = octets.unsafeLoad(fromByteOffset: 0, as: UInt8.self) >> 4
        guard version == 6 else { throw .version(version) }
        let length = UInt16(bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self))
        let end = 40 + Int(length)
        guard octets.byteCount >= end else { throw .tooShort(needed: end, had: octets.byteCount) }
        source = IPv6Address(octets, at: 8)
        destination = IPv6Address(octets, at: 24)
        hopLimit = octets.unsafeLoad(fromByteOffset: 7, as: UInt8.self)
        nextHeader = octets.unsafeLoad(fromByteOffset: 6, as: UInt8.self)
        routerAlert = false
        var offset = 40
        while let kind = ExtensionHeader(rawValue: nextHeader) {
            guard offset + 8 <= end else { throw .tooShort(needed: offset + 8, had: end) }
            let size = 8 + 8 * Int(octets.unsafeLoad(fromByteOffset: offset + 1, as: UInt8.self))
            guard offset + size <= end else { throw .tooShort(needed: offset + size, had: end) }
            if kind == .hopByHop {
                guard offset == 40 else { throw .malformed("hop-by-hop options not first") }
                routerAlert = try Self.hasRouterAlert(octets.extracting(offset..<offset + size))
            }
            nextHeader = octets.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            offset += size
        }
        payload = offset..<end
    }

    /// Extension headers with the common layout of next header and length.
    private enum ExtensionHeader: UInt8 {
        case hopByHop = 0
        case routing = 43
        case destinationOptions = 60
    }

    /// Whether a hop-by-hop options header, its first two octets included, holds Router Alert for MLD.
    public static func hasRouterAlert(_ header: RawSpan) throws(WireError) -> Bool {
        var found = false
        var offset = 2
        while offset < header.byteCount {
            let type = header.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
            if type == 0 {  // Pad1 has no length
                offset += 1
                continue
            }
            guard offset + 2 <= header.byteCount else { throw .malformed("option without length") }
            let size = Int(header.unsafeLoad(fromByteOffset: offset + 1, as: UInt8.self))
            guard offset + 2 + size <= header.byteCount else { throw .malformed("option beyond its header") }
            if type == 5 && size == 2
                && header.unsafeLoadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) == 0
            {
                found = true
            }
            offset += 2 + size
        }
        return found
    }
}
