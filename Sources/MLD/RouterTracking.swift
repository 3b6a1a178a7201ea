import IPv6
import Timing

extension MLDRouter {
    /// What a record changed in the membership of its sender.
    struct HostChange {
        /// The membership before; nil if the host was not tracked in this group.
        var previousMode: FilterMode?
        /// The host wants nothing of the group any more.
        var hasLeft = false
        /// It let go of sources that it had named.
        var released = false
        /// Something is known of the host that was not; else it has said the same before.
        var isNews = false
    }

    /// Keeps the membership of one host in one group. Without a change it only moves the end of it, and allocates nothing.
    mutating func track(
        _ kind: MLDRecordKind, _ list: MLDReportView.Sources, in octets: RawSpan, of reporter: inout Reporter,
        at slot: Int, now: Instant, into actions: inout [Action]
    ) -> HostChange {
        let expires = now + intervals.listening
        guard !reporter.address.isUnspecified else {
            // Some host; nobody will know when it leaves.
            table.records[slot].untrackedUntil = expires
            return HostChange()
        }
        guard let number = reporter.number, let position = table.records[slot].hosts.position(of: number),
            let membership = table.records[slot].hosts[position]
        else {
            if kind == .isInclude && mayExclude(slot, at: now) { table.records[slot].untrackedUntil = expires }
            if let next = Membership.next(after: nil, kind, list, in: octets) {
                join(next.mode, next.sources, &reporter, at: slot, until: expires, now: now, into: &actions)
            }
            return HostChange()
        }
        var change = HostChange(previousMode: membership.mode)
        // IS_IN from a host in EXCLUDE mode answers a source-specific query, or shows that its TO_IN was lost: what it
        // wants is not known for sure. BLOCK tells that the host is there, but not that it still wants the rest.
        let isUnclear = kind == .isInclude && membership.mode == .exclude
        if isUnclear { table.records[slot].untrackedUntil = expires }
        let extends = kind != .block && !isUnclear
        guard membership.isChanged(by: kind, list, in: octets) else {
            if kind == .toInclude { doubtUnnamed(by: list, in: octets, of: slot, at: position, now: now) }
            if extends {
                table.records[slot].hosts.extend(at: position, until: expires)
                table.records[slot].hosts.name(list, in: octets, at: position)
                if membership.isDue(at: now, listening: intervals.listening) && list.count > 0 {
                    forgetUnnamed(slot, at: position, now: now)
                    table.records[slot].hosts.name(list, in: octets, at: position)
                    change.released = true
                }
            }
            return change
        }
        change.released = membership.mode == .include
        change.isNews = true
        guard let next = Membership.next(after: membership, kind, list, in: octets) else {
            change.hasLeft = true
            leave(slot, at: position, into: &actions)
            reporter.number = hostTable.number(of: reporter.address)
            return change
        }
        var updated = membership
        updated.mode = next.mode
        updated.setSources(Self.bounded(next.sources, next.mode, in: table.records[slot], configuration))
        if updated.mode != membership.mode { updated.beginNaming(at: now) }
        updated.name(list, in: octets)
        if kind == .toInclude && membership.mode == .include && updated.doubtUnnamed(by: list, in: octets, at: now) {
            table.records[slot].hasDoubts = true
        }
        if updated.mode == .include && updated.sources.isEmpty {
            // There is no room for anything that it names: from now on it is served untracked.
            table.records[slot].untrackedUntil = expires
            leave(slot, at: position, into: &actions)
            reporter.number = hostTable.number(of: reporter.address)
            return change
        }
        if extends { updated.expires = expires }
        let growth = updated.sources.count - membership.sources.count
        guard growth <= 0 || membershipTotal + growth <= configuration.maximumMemberships else {
            table.records[slot].untrackedUntil = expires
            refuse(.memberships, &reporter, at: now, into: &actions)
            return HostChange()
        }
        if updated.sources.count < next.sources.count { table.records[slot].untrackedUntil = expires }
        membershipTotal += growth
        countSources(slot) { record in
            // In before out: a source named before and after must not be let go in between.
            if updated.mode == .include { record.count(listenersOf: updated.sources, by: 1) }
            if membership.mode == .include { record.count(listenersOf: membership.sources, by: -1) }
            record.hosts.replace(at: position, with: updated)
        }
        return change
    }

    /// Notes that TO_IN of a host in INCLUDE mode does not name all that it is known to want.
    private mutating func doubtUnnamed(
        by list: MLDReportView.Sources, in octets: RawSpan, of slot: Int, at position: Int, now: Instant
    ) {
        guard var membership = table.records[slot].hosts[position], membership.mode == .include,
            membership.doubtUnnamed(by: list, in: octets, at: now)
        else { return }
        table.records[slot].hosts.replace(at: position, with: membership)
        table.records[slot].hasDoubts = true
    }

    /// Whether an unknown host that sends IS_IN may be in EXCLUDE mode: with that it answers source-specific queries (§6.3).
    /// Until all have answered the first general query, IS_EX is still to come from it; later it was lost or refused.
    private func mayExclude(_ slot: Int, at now: Instant) -> Bool {
        now < table.records[slot].sourcesAskedUntil && !table.records[slot].group.isSourceSpecific
            && now >= querierState.allHeardFrom + intervals.lastListenerQuery
    }

    private mutating func join(
        _ mode: FilterMode, _ wanted: [IPv6Address], _ reporter: inout Reporter, at slot: Int, until expires: Instant,
        now: Instant, into actions: inout [Action]
    ) {
        var sources = Self.bounded(wanted, mode, in: table.records[slot], configuration)
        let untracked = sources.count < wanted.count
        if untracked { table.records[slot].untrackedUntil = expires }
        if mode == .include && sources.isEmpty { return }
        guard membershipTotal + 1 + sources.count <= configuration.maximumMemberships else {
            table.records[slot].untrackedUntil = expires
            refuse(.memberships, &reporter, at: now, into: &actions)
            return
        }
        guard reporter.number != nil || hostTable.count < configuration.maximumHosts else {
            table.records[slot].untrackedUntil = expires
            refuse(.hosts, &reporter, at: now, into: &actions)
            return
        }
        let number = reporter.number ?? hostTable.add(reporter.address)
        reporter.number = number
        hostTable.retain(number)
        membershipTotal += 1 + sources.count
        // Hosts mostly name the same sources as the one before, and one host in many groups: let them share the list.
        if recentSources == sources { sources = recentSources } else { recentSources = sources }
        if mode == .include { table.records[slot].count(listenersOf: sources, by: 1) }
        table.records[slot].hosts.insert(
            Membership(host: number, mode: mode, expires: expires, sources: sources, now: now))
        table.records[slot].hostSweep = min(table.records[slot].hostSweep, expires)
        if reportsEvents {
            let group = table.records[slot].group
            actions.append(.event(.hostJoined(group: group, host: reporter.address)))
        }
    }

    /// Takes sources out of a membership that the host has not named for the listening interval.
    private mutating func forgetUnnamed(_ slot: Int, at position: Int, now: Instant) {
        guard var membership = table.records[slot].hosts[position] else { return }
        let gone = membership.unnamed
        if !gone.isEmpty {
            membership.setSources(membership.sources.filter { !gone.sortedContains($0) })
            membershipTotal -= gone.count
        }
        membership.beginNaming(at: now)
        countSources(slot) { record in
            record.hosts.replace(at: position, with: membership)
            record.count(listenersOf: gone, by: -1)
        }
    }

    /// The part of a host's list that can be kept: in INCLUDE mode sources that the record has room for, in EXCLUDE mode
    /// no more than the record could have.
    private static func bounded(
        _ wanted: [IPv6Address], _ mode: FilterMode, in record: GroupRecord, _ configuration: MLDConfiguration
    ) -> [IPv6Address] {
        if mode == .exclude { return Array(wanted.prefix(max(configuration.maximumGroupSources, 1))) }
        if wanted.allSatisfy({ record.find($0).isThere }) { return wanted }
        return wanted.filter { record.find($0).isThere }
    }

    /// Takes a host out of a group.
    mutating func leave(_ slot: Int, at position: Int, into actions: inout [Action]) {
        guard let membership = table.records[slot].hosts[position] else { return }
        countSources(slot) { record in
            record.hosts.remove(at: position)
            if membership.mode == .include { record.count(listenersOf: membership.sources, by: -1) }
        }
        release(membership, of: table.records[slot].group, into: &actions)
    }

    /// Gives back what a membership held.
    mutating func release(_ membership: Membership, of group: IPv6Address, into actions: inout [Action]) {
        membershipTotal -= 1 + membership.sources.count
        if reportsEvents {
            let host = hostTable.address(of: membership.host)
            actions.append(.event(.hostLeft(group: group, host: host)))
        }
        hostTable.release(membership.host)
    }

    /// Changes a record in a way that may remove sources, and keeps their total.
    mutating func countSources(_ slot: Int, _ change: (inout GroupRecord) -> Void) {
        let before = table.records[slot].sources.count
        change(&table.records[slot])
        sourceTotal += table.records[slot].sources.count - before
    }
}
