import IPv6

/// A version 1 report or done message (RFC 2710 §3). Version 1 queries are ``MLDQuery``.
public struct MLDv1Message: MLDMessage, Equatable {
    public enum Kind: Sendable { case report, done }

    public var kind: Kind
    public var group: IPv6Address

    public init(_ kind: Kind, _ group: IPv6Address) {
        self.kind = kind
        self.group = group
    }

    /// Parses ICMPv6 octets whose checksum has been verified; trailing octets are ignored.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 24 else { throw .tooShort(needed: 24, had: octets.byteCount) }
        switch MLDMessageType(rawValue: octets.octet(at: 0)) {
        case .reportV1: kind = .report
        case .done: kind = .done
        default: throw .malformed("not a version 1 report or done")
        }
        group = IPv6Address(octets, at: 8)
    }

    public var encodedLength: Int { 24 }

    public func encode(into octets: inout MutableRawSpan) {
        let type: MLDMessageType = kind == .report ? .reportV1 : .done
        octets.write(type.rawValue, at: 0)
        octets.write(UInt8(0), at: 1)
        octets.write(UInt16(0), at: 2)
        octets.write(UInt16(0), at: 4)
        octets.write(UInt16(0), at: 6)
        group.write(into: &octets, at: 8)
    }
}
