import IPv6

/// ICMPv6 types of multicast listener discovery (RFC 9777 §5, RFC 2710 §3).
public enum MLDMessageType: UInt8, Sendable, CaseIterable {
    case query = 130
    case reportV1 = 131
    case done = 132
    case report = 143
}

/// A version of the protocol (RFC 2710, RFC 9777).
public enum MLDVersion: UInt8, Hashable, Sendable {
    case mldv1 = 1
    case mldv2 = 2
}

/// A message that can be written as ICMPv6 octets.
public protocol MLDMessage: Sendable {
    /// Octets from the ICMPv6 type to the end.
    var encodedLength: Int { get }

    /// Writes exactly `encodedLength` octets at the start of `octets`, which has room for them, with a checksum field of 0:
    /// a Linux raw ICMPv6 socket fills it in.
    func encode(into octets: inout MutableRawSpan)
}

extension MLDMessage {
    /// The ICMPv6 octets, with the checksum for these addresses.
    public func encoded(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: encodedLength)
        var span = octets.mutableSpan
        var bytes = span.mutableBytes
        encode(into: &bytes)
        var checksum = InternetChecksum(
            source: source, destination: destination, length: octets.count, nextHeader: IPv6Packet.icmpv6)
        checksum.add(octets.span.bytes)
        let value = checksum.value
        octets[2] = UInt8(value >> 8)
        octets[3] = UInt8(truncatingIfNeeded: value)
        return octets
    }

    /// A whole IPv6 packet as MLD wants it: hop limit 1 and Router Alert in a hop-by-hop header (RFC 9777 §5).
    public func packet(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
        let length = UInt16(clamping: encodedLength + 8)
        var packet: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(truncatingIfNeeded: length), 0, 1]
        packet += source.octets + destination.octets
        packet += [IPv6Packet.icmpv6, 0, 5, 2, 0, 0, 1, 0]
        return packet + encoded(from: source, to: destination)
    }
}

extension MutableRawSpan {
    mutating func write(_ value: UInt8, at offset: Int) { storeBytes(of: value, toByteOffset: offset, as: UInt8.self) }
    mutating func write(_ value: UInt16, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}

extension RawSpan {
    func octet(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    func word(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
