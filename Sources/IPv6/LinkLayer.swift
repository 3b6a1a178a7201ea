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
        /// An IPv6 packet of one link, from this octet to the end; link-layer padding may follow it.
        case ipv6(offset: Int, link: CapturedLink)
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
        case .linuxCooked2: Self.tagged(frame, typeAt: 0, header: 20, interfaceAt: 4)
        case .raw: Self.versioned(frame)
        case .loopback: Self.family(frame)
        }
    }

    /// An EtherType, the rest of the header, then tags of 2 octets that each have the next EtherType behind them.
    private static func tagged(_ frame: RawSpan, typeAt place: Int, header: Int, interfaceAt index: Int? = nil)
        -> Content
    {
        guard frame.byteCount >= header else { return .tooShort }
        var link = CapturedLink()
        if let index { link.interface = UInt32(frame.word(at: index)) << 16 | UInt32(frame.word(at: index + 2)) }
        var type = frame.word(at: place)
        var offset = header
        for _ in 0..<mostTags {
            guard isTag(type) else { break }
            guard frame.byteCount >= offset + 4 else { return .tooShort }
            link.add(tag: frame.word(at: offset))
            type = frame.word(at: offset + 2)
            offset += 4
        }
        return type == 0x86dd ? .ipv6(offset: offset, link: link) : .other
    }

    /// 802.1Q, 802.1ad, and what was used for the outer tag before that.
    private static func isTag(_ type: UInt16) -> Bool { [0x8100, 0x88a8, 0x9100, 0x9200].contains(type) }

    private static func versioned(_ frame: RawSpan) -> Content {
        guard frame.byteCount > 0 else { return .tooShort }
        return frame.octet(at: 0) >> 4 == 6 ? .ipv6(offset: 0, link: CapturedLink()) : .other
    }

    /// AF_INET6 of Linux, NetBSD, FreeBSD and Darwin, in the byte order of whatever machine captured.
    private static func family(_ frame: RawSpan) -> Content {
        guard frame.byteCount >= 4 else { return .tooShort }
        let family = frame.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let isIPv6 = [10, 24, 28, 30].contains(family) || [10, 24, 28, 30].contains(family.byteSwapped)
        return isIPv6 ? .ipv6(offset: 4, link: CapturedLink()) : .other
    }
}

/// Which of the links that may share one capture a frame is of: VLANs, and interfaces in a capture of all of them.
public struct CapturedLink: Hashable, Sendable {
    /// The interface's index; 0 where a capture does not tell (all but ``LinkLayer/linuxCooked2``).
    public var interface: UInt32 = 0
    /// Identifiers of nested VLANs, 12 bits each, the inner one last; 0 for none. VLAN 0 is none: such a tag carries a
    /// priority only, and the frame is of the link itself (IEEE 802.1Q §6.9.1).
    public var vlans: UInt64 = 0

    public init(interface: UInt32 = 0, vlans: UInt64 = 0) {
        self.interface = interface
        self.vlans = vlans
    }

    mutating func add(tag: UInt16) {
        let identifier = UInt64(tag & 0xfff)
        if identifier != 0 { vlans = vlans << 12 | identifier }
    }
}

extension CapturedLink: CustomStringConvertible {
    /// From its description; nil for anything else.
    public init?(_ text: some StringProtocol) {
        self.init()
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)[...]
        if let part = parts.first, part.hasPrefix("if"), let index = UInt32(part.dropFirst(2)) {
            interface = index
            parts.removeFirst()
        }
        if let part = parts.first, part.hasPrefix("vlan") {
            parts[parts.startIndex] = part.dropFirst(4)
            while let part = parts.popFirst() {
                guard let identifier = UInt16(part), (1...4095).contains(identifier) else { return nil }
                add(tag: identifier)
            }
        }
        guard "\(self)" == text else { return nil }
    }

    /// `if3`, `vlan5`, `if3.vlan7.5`; `untagged` for neither.
    public var description: String {
        var parts: [String] = interface == 0 ? [] : ["if\(interface)"]
        let identifiers = stride(from: 36, through: 0, by: -12).map { vlans >> UInt64($0) & 0xfff }.filter { $0 != 0 }
        if !identifiers.isEmpty { parts.append("vlan" + identifiers.map(String.init).joined(separator: ".")) }
        return parts.isEmpty ? "untagged" : parts.joined(separator: ".")
    }
}
