import IPv6

/// A message as ``NaiveRouter`` reads it: plain arrays, one check before every step, nothing shared with `MLD`.
enum NaiveMessage {
    struct Query {
        var isVersion1: Bool
        /// Milliseconds.
        var maximumResponseDelay: Int
        var group: IPv6Address
        var suppress: Bool
        var robustness: Int
        /// Seconds.
        var interval: Int
        var sources: [IPv6Address]

        var isGeneral: Bool { group.isUnspecified }
    }

    struct Record {
        /// 1…6 as in RFC 9777 §5.2.12; others are unknown.
        var type: Int
        var group: IPv6Address
        var sources: [IPv6Address]
    }

    case query(Query)
    case report([Record])
    case version1Report(IPv6Address)
    case done(IPv6Address)

    /// Nil for whatever is to be ignored: unknown types (§5), queries of 25…27 octets (§8.1), counts beyond the end.
    init?(_ octets: [UInt8]) {
        guard let type = octets.first else { return nil }
        switch type {
        case 130: self.init(query: octets)
        case 131, 132:
            guard octets.count >= 24 else { return nil }
            let group = Self.address(octets, 8)
            self = type == 131 ? .version1Report(group) : .done(group)
        case 143: self.init(report: octets)
        default: return nil
        }
    }

    private init?(query octets: [UInt8]) {
        guard octets.count == 24 || octets.count >= 28 else { return nil }
        let group = Self.address(octets, 8)
        guard group.isUnspecified || group.isMulticast else { return nil }
        let code = Self.number(octets, 4)
        if octets.count == 24 {
            self = .query(
                Query(
                    isVersion1: true, maximumResponseDelay: code, group: group, suppress: false, robustness: 0,
                    interval: 0, sources: []))
            return
        }
        let count = Self.number(octets, 26)
        guard octets.count >= 28 + 16 * count else { return nil }
        guard count == 0 || !group.isUnspecified else { return nil }
        self = .query(
            Query(
                isVersion1: false,
                maximumResponseDelay: code < 32768 ? code : (code % 4096 + 4096) << (code / 4096 % 8 + 3),
                group: group, suppress: octets[24] / 8 % 2 == 1, robustness: Int(octets[24] % 8),
                interval: octets[25] < 128
                    ? Int(octets[25]) : (Int(octets[25] % 16) + 16) << (Int(octets[25]) / 16 % 8 + 3),
                sources: (0..<count).map { Self.address(octets, 28 + 16 * $0) }))
    }

    private init?(report octets: [UInt8]) {
        guard octets.count >= 8 else { return nil }
        var records: [Record] = []
        var rest = octets.dropFirst(8)
        for _ in 0..<Self.number(octets, 6) {
            guard rest.count >= 20 else { return nil }
            let head = Array(rest.prefix(20))
            let count = Self.number(head, 2)
            guard rest.count >= 20 + 16 * count + 4 * Int(head[1]) else { return nil }
            let list = Array(rest.dropFirst(20).prefix(16 * count))
            records.append(
                Record(
                    type: Int(head[0]), group: Self.address(head, 4),
                    sources: (0..<count).map { Self.address(list, 16 * $0) }))
            rest = rest.dropFirst(20 + 16 * count + 4 * Int(head[1]))
        }
        self = .report(records)
    }

    private static func number(_ octets: [UInt8], _ offset: Int) -> Int {
        Int(octets[offset]) * 256 + Int(octets[offset + 1])
    }

    private static func address(_ octets: [UInt8], _ offset: Int) -> IPv6Address {
        let value = octets[offset..<offset + 16]
        return IPv6Address(
            high: value.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: value.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}
