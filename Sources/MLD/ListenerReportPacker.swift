import IPv6

/// Puts records into as few reports as the MTU lets, in their order (RFC 9777 §5.2.16).
struct ListenerReportPacker {
    /// Octets of records that one report holds; at least one record with one source.
    let capacity: Int
    private var records: [MLDReport.Record] = []
    private var room: Int

    init(mtu: Int) {
        capacity = Self.capacity(mtu: mtu)
        room = capacity
    }

    /// IPv6 header, hop-by-hop header with Router Alert, fixed part of the report. No packet is above 65,535 octets.
    static func capacity(mtu: Int) -> Int { max(36, min(mtu, 65_535) - (40 + 8 + 8)) }

    var isEmpty: Bool { records.isEmpty }

    /// Whether a record with so many sources goes into the report that is being filled.
    func hasRoom(for sourceCount: Int) -> Bool { 20 + 16 * sourceCount <= room }

    /// Splits what fits into no report; of EXCLUDE lists, which cannot be split, it takes the first so many sources,
    /// always the same ones (§5.2.16).
    mutating func append(_ record: MLDReport.Record, into actions: inout [MLDListener.Action]) {
        let limit = (capacity - 20) / 16
        guard record.sources.count > limit else {
            place(record, into: &actions)
            return
        }
        if record.kind == .isExclude || record.kind == .toExclude {
            place(.init(record.kind, record.group, Array(record.sources.prefix(limit))), into: &actions)
            return
        }
        // No two parts go into one report: all but the last fill it.
        var rest = record.sources[...]
        while !rest.isEmpty {
            place(.init(record.kind, record.group, Array(rest.prefix(limit))), into: &actions)
            rest = rest.dropFirst(limit)
        }
    }

    private mutating func place(_ record: MLDReport.Record, into actions: inout [MLDListener.Action]) {
        if !hasRoom(for: record.sources.count) { flush(into: &actions) }
        room -= 20 + 16 * record.sources.count
        records.append(record)
    }

    /// Sends what has been collected.
    mutating func flush(into actions: inout [MLDListener.Action]) {
        guard !records.isEmpty else { return }
        actions.append(.report(MLDReport(records), to: .allMLDv2Routers))
        records = []
        room = capacity
    }
}
