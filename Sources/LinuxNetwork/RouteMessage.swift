import CLinux

/// The framing of routing netlink (netlink(7), rtnetlink(7)): messages in a datagram, attributes in a message.
enum RouteMessage {
    /// Calls `body` with the type and the payload of each whole message.
    static func forEach(in datagram: RawSpan, _ body: (_ type: UInt16, _ payload: RawSpan) -> Void) {
        let header = MemoryLayout<nlmsghdr>.size
        var offset = 0
        while offset + header <= datagram.byteCount {
            let length = Int(datagram.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
            guard length >= header, offset + length <= datagram.byteCount else { return }
            let type = datagram.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
            body(type, datagram.extracting(offset + header..<offset + length))
            offset += (length + 3) & ~3
        }
    }

    /// Calls `body` with the type and the value of each whole attribute.
    static func forEachAttribute(in attributes: RawSpan, _ body: (_ type: UInt16, _ value: RawSpan) -> Void) {
        var offset = 0
        while offset + 4 <= attributes.byteCount {
            let length = Int(attributes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
            guard length >= 4, offset + length <= attributes.byteCount else { return }
            // The two highest bits are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER).
            let type = attributes.unsafeLoadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) & 0x3fff
            body(type, attributes.extracting(offset + 4..<offset + length))
            offset += (length + 3) & ~3
        }
    }

    /// Calls `body` with the interface and the attributes of each whole nexthop (`struct rtnexthop`) of RTA_MULTIPATH.
    static func forEachNextHop(in list: RawSpan, _ body: (_ interface: Int32, _ attributes: RawSpan) -> Void) {
        let header = MemoryLayout<rtnexthop>.size
        var offset = 0
        while offset + header <= list.byteCount {
            let length = Int(list.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
            guard length >= header, offset + length <= list.byteCount else { return }
            body(
                list.unsafeLoadUnaligned(fromByteOffset: offset + 4, as: Int32.self),
                list.extracting(offset + header..<offset + length))
            offset += (length + 3) & ~3
        }
    }
}
