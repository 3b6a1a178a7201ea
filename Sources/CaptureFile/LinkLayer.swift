import IPv6

/// How the frames of a capture wrap their packets: the link types that can carry IPv6 and are understood here.
public enum LinkLayer: Hashable, Sendable, CaseIterable {
    /// With any 802.1Q and 802.1ad tags.
    case ethernet
    /// The cooked header that Linux gives to captures on "any" and on interfaces without Ethernet (LINKTYPE_LINUX_SLL).
    case linuxCooked
    /// Its second version (LINKTYPE_LINUX_SLL2).
    case linuxCooked2
    /// The IP packet and nothing before it (LINKTYPE_RAW, LINKTYPE_IPV6).
    case raw
    /// An address family of four octets before the packet: BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP).
    case loopback

    /// What a frame holds.
    public enum Content: Hashable, Sendable {
        /// An IPv6 packet, from this octet to the end; link-layer padding may follow it.
        case ipv6(offset: Int)
        /// Another protocol.
        case other
        /// The frame ends within its link-layer header.
        case tooShort
    }

    /// More tags than this in one frame, and it is taken for another protocol.
    public static let mostTags = 4

    /// Finds the IPv6 packet in a frame that starts with the link-layer header.
    public func content(of frame: RawSpan) -> Content {
        switch self {
        case .ethernet: Self.tagged(frame, typeAt: 12, header: 14)
        case .linuxCooked: Self.tagged(frame, typeAt: 14, header: 16)
        case .linuxCooked2: Self.tagged(frame, typeAt: 0, header: 20)
        case .raw: Self.versioned(frame)
        case .loopback: Self.family(frame)
        }
    }

    /// An EtherType, the rest of the header, then tags of 2 octets that each have the next EtherType behind them.
    private static func tagged(_ frame: RawSpan, typeAt place: Int, header: Int) -> Content {
        guard frame.byteCount >= header else { return .tooShort }
        var type = frame.number16(at: place)
        var offset = header
        for _ in 0..<mostTags {
            guard isTag(type) else { break }
            guard frame.byteCount >= offset + 4 else { return .tooShort }
            type = frame.number16(at: offset + 2)
            offset += 4
        }
        return type == 0x86dd ? .ipv6(offset: offset) : .other
    }

    /// 802.1Q, 802.1ad, and what was used for the outer tag before that.
    private static func isTag(_ type: UInt16) -> Bool { [0x8100, 0x88a8, 0x9100, 0x9200].contains(type) }

    private static func versioned(_ frame: RawSpan) -> Content {
        guard frame.byteCount > 0 else { return .tooShort }
        return frame.unsafeLoad(fromByteOffset: 0, as: UInt8.self) >> 4 == 6 ? .ipv6(offset: 0) : .other
    }

    /// AF_INET6 of Linux, NetBSD, FreeBSD and Darwin, in the byte order of whatever machine captured.
    private static func family(_ frame: RawSpan) -> Content {
        guard frame.byteCount >= 4 else { return .tooShort }
        let family = frame.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let isIPv6 = [10, 24, 28, 30].contains(family) || [10, 24, 28, 30].contains(family.byteSwapped)
        return isIPv6 ? .ipv6(offset: 4) : .other
    }
}

extension RawSpan {
    /// In network order. The caller has checked that it is there.
    fileprivate func number16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
