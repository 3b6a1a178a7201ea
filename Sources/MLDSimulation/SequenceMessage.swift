import IPv6
import MLD

/// A message of a ``MessageSequence``: readable, and as octets. It may be wrong in every way the wire allows.
public struct SequenceMessage: Sendable {
    /// A multicast address record with any type number and any auxiliary data.
    public struct Record: Sendable {
        public var type: UInt8
        public var group: IPv6Address
        public var sources: [IPv6Address]
        public var auxiliaryWords: UInt8 = 0

        public init(type: UInt8, group: IPv6Address, sources: [IPv6Address]) {
            self.type = type
            self.group = group
            self.sources = sources
        }
    }

    public enum Content: Sendable {
        case report([Record])
        case version1Report(IPv6Address)
        case done(IPv6Address)
        case query(MLDQuery)
    }

    public var source: IPv6Address
    public var content: Content
    public var hopLimit: UInt8 = 1
    public var routerAlert = true
    /// Octets beyond the end of the message, to be ignored; negative: so many are missing.
    public var surplus = 0
    /// An octet that is changed after encoding.
    public var damage: (offset: Int, value: UInt8)?

    public init(source: IPv6Address, content: Content) {
        self.source = source
        self.content = content
    }

    /// The ICMPv6 octets, without a checksum: it has been verified when a router gets them.
    public var octets: [UInt8] {
        var octets: [UInt8]
        switch content {
        case .report(let records):
            octets = [143, 0, 0, 0, 0, 0, 0, UInt8(truncatingIfNeeded: records.count)]
            for record in records {
                let count = record.sources.count
                octets += [
                    record.type, record.auxiliaryWords, UInt8(count >> 8 & 255), UInt8(truncatingIfNeeded: count),
                ]
                octets += record.group.octets + record.sources.flatMap(\.octets)
                octets += [UInt8](repeating: 0xaa, count: 4 * Int(record.auxiliaryWords))
            }
        case .version1Report(let group): octets = [131, 0, 0, 0, 0, 0, 0, 0] + group.octets
        case .done(let group): octets = [132, 0, 0, 0, 0, 0, 0, 0] + group.octets
        case .query(let query): octets = query.encoded(from: source, to: query.destination)
        }
        if surplus > 0 { octets += [UInt8](repeating: 0xff, count: surplus) }
        if surplus < 0 { octets.removeLast(min(-surplus, octets.count)) }
        if let damage, octets.indices.contains(damage.offset) { octets[damage.offset] = damage.value }
        return octets
    }
}

extension SequenceMessage: CustomStringConvertible {
    private static let recordNames = ["IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"]

    public var description: String {
        var text = "\(source): "
        switch content {
        case .report(let records): text += records.map { Self.text($0) }.joined(separator: ", ")
        case .version1Report(let group): text += "version 1 report \(group)"
        case .done(let group): text += "done \(group)"
        case .query(let query): text += Self.text(query)
        }
        if hopLimit != 1 { text += ", hop limit \(hopLimit)" }
        if !routerAlert { text += ", no Router Alert" }
        if surplus != 0 { text += ", \(surplus > 0 ? "\(surplus) octets more" : "\(-surplus) octets less")" }
        if let damage { text += ", octet \(damage.offset) is \(damage.value)" }
        return text
    }

    private static func text(_ addresses: [IPv6Address]) -> String {
        addresses.map { "\($0)" }.joined(separator: " ")
    }

    private static func text(_ record: Record) -> String {
        let name = (1...6).contains(record.type) ? recordNames[Int(record.type) - 1] : "record type \(record.type)"
        return "\(name) \(record.group) (\(text(record.sources)))"
            + (record.auxiliaryWords > 0 ? " with \(record.auxiliaryWords) words of auxiliary data" : "")
    }

    private static func text(_ query: MLDQuery) -> String {
        let delay = "\(query.maximumResponseDelay) ms"
        let name = query.isGeneral ? "general query" : "query for \(query.group) (\(text(query.sources)))"
        if query.version == .mldv1 { return "version 1 \(name), \(delay)" }
        return "\(name) S=\(query.suppressRouterSideProcessing ? 1 : 0), \(delay), QRV \(query.robustnessVariable), "
            + "QQI \(query.queryInterval)"
    }
}
