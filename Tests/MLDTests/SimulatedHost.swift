import IPv6
import MLD

/// The part of a host in a simulation: what it wants of one group, and the records that RFC 9777 §6 has it send.
struct SimulatedHost {
    let number: Int
    var mode = FilterMode.include
    var sources: Set<IPv6Address> = []

    var isListening: Bool { mode == .exclude || !sources.isEmpty }

    func wants(_ source: IPv6Address) -> Bool { sources.contains(source) == (mode == .include) }

    /// Wants something else from now on; the state-change records that say so (§6.1).
    mutating func change(to mode: FilterMode, _ sources: Set<IPv6Address>, of group: IPv6Address) -> [MLDReport.Record]
    {
        let before = self
        self.mode = mode
        self.sources = sources
        let allowed = mode == .include ? sources.subtracting(before.sources) : before.sources.subtracting(sources)
        let blocked = mode == .include ? before.sources.subtracting(sources) : sources.subtracting(before.sources)
        if before.mode != mode {
            return [.init(mode == .include ? .toInclude : .toExclude, group, sources.sorted())]
        }
        var records: [MLDReport.Record] = []
        if !allowed.isEmpty { records.append(.init(.allow, group, allowed.sorted())) }
        if !blocked.isEmpty { records.append(.init(.block, group, blocked.sorted())) }
        return records
    }

    /// The answer to a query for the group (§6.2, §6.3); nil if it has none.
    func answer(_ query: MLDQuery, of group: IPv6Address) -> MLDReport.Record? {
        guard isListening, query.isGeneral || query.group == group else { return nil }
        if query.sources.isEmpty { return .init(mode == .include ? .isInclude : .isExclude, group, sources.sorted()) }
        let wanted = query.sources.filter(wants)
        return wanted.isEmpty ? nil : .init(.isInclude, group, wanted)
    }
}
