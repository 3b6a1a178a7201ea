import IPv6
import Timing

/// One MLD message as it was on the wire.
public struct MLDFrame: Sendable {
    /// The message types (RFC 9777 §5, RFC 2710 §3).
    public enum Kind: UInt8, Sendable {
        case query = 130
        case version1Report = 131
        case version1Done = 132
        case report = 143
    }

    public var time: Instant
    /// Sent by the machine whose interface was listened to.
    public var outgoing: Bool
    public var source: IPv6Address
    public var destination: IPv6Address
    public var hopLimit: UInt8
    public var routerAlert: Bool
    public var kind: Kind
    /// The ICMPv6 message.
    public var octets: [UInt8]

    /// Reads a packet from its IPv6 header on; nil: anything but MLD.
    init?(_ packet: RawSpan, outgoing: Bool, at time: Instant) {
        guard let headers = try? IPv6Packet(parsing: packet), headers.nextHeader == IPv6Packet.icmpv6,
            headers.payload.count >= 4
        else { return nil }
        let message = packet.extracting(headers.payload)
        guard let kind = Kind(rawValue: message.unsafeLoad(fromByteOffset: 0, as: UInt8.self)) else { return nil }
        self.kind = kind
        octets = message.withUnsafeBytes { Array($0) }
        source = headers.source
        destination = headers.destination
        hopLimit = headers.hopLimit
        routerAlert = headers.routerAlert
        self.outgoing = outgoing
        self.time = time
    }

    /// The group of a query (`::` in a general one) or of a version 1 message; the groups of a report.
    public var groups: [IPv6Address] { kind == .report ? records.map(\.group) : address(at: 8).map { [$0] } ?? [] }

    /// The records of a report: type (RFC 9777 §5.2.5), group and number of sources.
    public var records: [(type: UInt8, group: IPv6Address, sources: [IPv6Address])] {
        guard kind == .report, octets.count >= 8 else { return [] }
        var records: [(type: UInt8, group: IPv6Address, sources: [IPv6Address])] = []
        var offset = 8
        for _ in 0..<(Int(octets[6]) << 8 | Int(octets[7])) {
            guard let group = address(at: offset + 4) else { break }
            let count = Int(octets[offset + 2]) << 8 | Int(octets[offset + 3])
            let sources = (0..<count).compactMap { address(at: offset + 20 + 16 * $0) }
            guard sources.count == count else { break }
            records.append((octets[offset], group, sources))
            offset += 20 + 16 * count + 4 * Int(octets[offset + 1])
        }
        return records
    }

    private func address(at offset: Int) -> IPv6Address? {
        guard offset + 16 <= octets.count else { return nil }
        return IPv6Address(octets.span.bytes, at: offset)
    }
}
