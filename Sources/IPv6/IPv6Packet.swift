/// The headers of one IPv6 packet, up to its upper-layer protocol (RFC 8200 §3, §4).
public struct IPv6Packet: Equatable, Sendable {
    public var source: IPv6Address
    public var destination: IPv6Address
    public var hopLimit: UInt8
    /// A hop-by-hop Router Alert option with value 0, "MLD" (RFC 2711), in any order and padding of options.
    public var routerAlert: Bool
    /// The upper-layer protocol, 58 for ICMPv6; 44 for a fragment.
    public var nextHeader: UInt8
    /// Where its octets are in the buffer that was parsed. Link-layer padding behind the packet is left out.
    public var payload: Range<Int>
    /// What its fragment header says. An atomic fragment (RFC 6946) is parsed as the whole packet that it is.
    public var fragment: IPv6Fragment?

    public static let icmpv6: UInt8 = 58

    /// Parses a packet that starts with the IPv6 header. Fragments are not put together: `nextHeader` is then 44, and
    /// `payload` what is behind the fragment header.
    public init(parsing octets: RawSpan) throws(WireError) {
        try self.init(parsingHeadersOf: octets)
        guard payload.upperBound <= octets.byteCount else {
            throw .tooShort(needed: payload.upperBound, had: octets.byteCount)
        }
    }

    /// Parses the headers of a packet that a capture may have cut: `payload` is where it was and may end behind `octets`.
    ///
    /// Extension headers may come in any order and number (RFC 8200 §4.1), but hop-by-hop options first. What every node
    /// must discard is refused: options that say so (§4.2), a fragment in a fragment, a packet that is to go on to another
    /// node or has a routing header to a group (RFC 5095 gives the reason).
    public init(parsingHeadersOf octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 40 else { throw .tooShort(needed: 40, had: octets.byteCount) }
        let version = octets.octet(at: 0) >> 4
        guard version == 6 else { throw .version(version) }
        let end = 40 + Int(octets.word(at: 4))
        source = IPv6Address(octets, at: 8)
        destination = IPv6Address(octets, at: 24)
        hopLimit = octets.octet(at: 7)
        nextHeader = octets.octet(at: 6)
        routerAlert = false
        payload = 40..<max(end, 40)
        var naming = 6
        while let kind = ExtensionHeader(rawValue: nextHeader) {
            let start = payload.lowerBound
            let available = min(end, octets.byteCount)
            guard start + 8 <= available else { throw .tooShort(needed: start + 8, had: available) }
            let size = kind == .fragment ? 8 : 8 + 8 * Int(octets.octet(at: start + 1))
            guard start + size <= available else { throw .tooShort(needed: start + size, had: available) }
            let header = octets.extracting(start..<start + size)
            switch kind {
            case .hopByHop:
                guard start == 40 else { throw .malformed("hop-by-hop options not first") }
                routerAlert = try Self.hasRouterAlert(header)
            case .destinationOptions: _ = try Self.hasRouterAlert(header)
            case .routing:
                guard !destination.isMulticast && header.octet(at: 3) == 0 else {
                    throw .malformed("routing header to a group, or with segments left")
                }
            case .fragment:
                guard self.fragment == nil else { throw .malformed("fragment in a fragment") }
                let fragment = IPv6Fragment(header, unfragmentable: start, naming: naming)
                self.fragment = fragment
                guard fragment.isAtomic else {
                    payload = start + size..<end
                    return
                }
            }
            nextHeader = header.octet(at: 0)
            naming = start
            payload = start + size..<end
        }
    }

    /// Extension headers that are walked (RFC 8200 §4).
    private enum ExtensionHeader: UInt8 {
        case hopByHop = 0
        case routing = 43
        case fragment = 44
        case destinationOptions = 60
    }

    /// Whether an options header, its first two octets included, holds Router Alert for MLD. Options that make no sense,
    /// and unknown ones that say to discard the packet (RFC 8200 §4.2), are refused.
    public static func hasRouterAlert(_ header: RawSpan) throws(WireError) -> Bool {
        var found = false
        var offset = 2
        while offset < header.byteCount {
            let type = header.octet(at: offset)
            if type == 0 {  // Pad1 has no length
                offset += 1
                continue
            }
            guard offset + 2 <= header.byteCount else { throw .malformed("option without length") }
            let size = Int(header.octet(at: offset + 1))
            guard offset + 2 + size <= header.byteCount else { throw .malformed("option beyond its header") }
            guard type >> 6 == 0 else { throw .malformed("unknown option that says to discard") }
            if type == 5 && size == 2 && header.word(at: offset + 2) == 0 { found = true }
            offset += 2 + size
        }
        return found
    }
}

/// A fragment header (RFC 8200 §4.5).
public struct IPv6Fragment: Hashable, Sendable {
    public var identification: UInt32
    /// Where its octets belong in what was divided, a multiple of 8.
    public var offset: Int
    /// No fragment follows it.
    public var isLast: Bool
    /// The kind of the first header of what was divided.
    public var nextHeader: UInt8
    /// How many octets the headers before the fragment header have, that of IPv6 included.
    public var unfragmentable: Int
    /// The place of the octet that names the fragment header, among them.
    public var naming: Int

    /// Nothing was divided.
    public var isAtomic: Bool { offset == 0 && isLast }

    /// - Parameter header: eight octets.
    fileprivate init(_ header: RawSpan, unfragmentable: Int, naming: Int) {
        let place = header.word(at: 2)
        identification = UInt32(header.word(at: 4)) << 16 | UInt32(header.word(at: 6))
        offset = Int(place & 0xfff8)
        isLast = place & 1 == 0
        nextHeader = header.octet(at: 0)
        self.unfragmentable = unfragmentable
        self.naming = naming
    }
}

extension RawSpan {
    /// The caller has checked that it is there.
    func octet(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    /// In network order. The caller has checked that it is there.
    func word(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
