import IPv6
import Timing

extension MLDRouter {
    /// Groups with state.
    public var groupCount: Int { table.count }

    /// Tracked hosts, each once however many groups it wants.
    public var hostCount: Int { hostTable.count }

    /// Whether packets of this source to this group should go onto the link (RFC 9777 §7.3). False for unknown groups.
    public func forwards(source: IPv6Address, group: IPv6Address) -> Bool {
        guard let slot = table.slot(of: group) else { return false }
        return table.records[slot].forwards(source)
    }

    /// Whether packets of any source to this group should go onto the link. Records that forward nothing do not last.
    public func isWanted(group: IPv6Address) -> Bool { table.slot(of: group) != nil }

    /// Tracked hosts that want the group, or this source of it.
    public func listenerCount(group: IPv6Address, source: IPv6Address? = nil) -> Int {
        guard let slot = table.slot(of: group) else { return 0 }
        let hosts = table.records[slot].hosts
        guard let source else { return hosts.count }
        var count = 0
        for position in 0..<hosts.count {
            guard let host = hosts[position] else { continue }
            if host.sources.sortedContains(source) == (host.mode == .include) { count += 1 }
        }
        return count
    }

    public func group(_ group: IPv6Address) -> GroupListing? {
        table.slot(of: group).map { listing(of: table.records[$0]) }
    }

    /// The groups with state, in the order of their addresses.
    public var groups: [IPv6Address] {
        table.records.indices.lazy.filter { table.isLive($0) }.map { table.records[$0].group }.sorted()
    }

    private func listing(of record: GroupRecord) -> GroupListing {
        GroupListing(
            group: record.group, filterMode: record.mode,
            compatibility: record.version1Until.nanoseconds == 0 ? configuration.version : .mldv1,
            created: record.created,
            expires: record.mode == .exclude ? record.filterTimer : nil, lastReporter: record.lastReporter,
            sources: record.sources.compactMap { source in
                guard source.place != .tracked else { return nil }
                let forwards = source.place == .forward
                return GroupListing.Source(
                    address: source.address, state: forwards ? .forward : .block, created: source.created,
                    expires: forwards ? source.timer : nil)
            },
            hosts: (0..<record.hosts.count).compactMap { position in
                record.hosts[position].map {
                    GroupListing.Host(
                        address: hostTable.address(of: $0.host), filterMode: $0.mode, sources: $0.sources,
                        expires: $0.expires)
                }
            })
    }
}
