import IPv6
import Timing

/// Specific queries (RFC 9777 §7.6.1, §7.6.3).
extension NaiveRouter {
    /// Send Q(MA,X) (§7.6.3.2), and Send Q(MA) (§7.6.3.1) if `asksGroup`.
    ///
    /// Only sources whose timers are above LLQT are lowered and asked for; neither is the group once more while it is being
    /// asked for. New and pending queries of one group are merged: all of them are sent now, and next after LLQI.
    mutating func ask(
        _ sources: Set<IPv6Address>, asksGroup: Bool, of address: IPv6Address, in group: inout NaiveGroup,
        at now: Instant
    ) {
        let low = now + operating.lastListenerQueryTime
        var isNew = false
        for source in sources {
            guard let timer = group.listed[source], timer > low else { continue }
            group.listed[source] = low
            group.sourceQueriesLeft[source] = operating.effectiveLastListenerQueryCount
            isNew = true
        }
        if asksGroup, let timer = group.filterTimer, timer > low || group.groupQueriesLeft == 0 {
            group.filterTimer = min(timer, low)
            group.groupQueriesLeft = operating.effectiveLastListenerQueryCount
            isNew = true
        }
        if isNew { sendQueries(of: address, in: &group, at: now) }
    }

    /// Sends what is left to be sent once. S is set for what has been confirmed meanwhile; sources that have and sources
    /// that have not been are in separate messages.
    mutating func sendQueries(of address: IPv6Address, in group: inout NaiveGroup, at now: Instant) {
        let interval = operating.lastListenerQueryInterval
        let low = now + operating.lastListenerQueryTime
        if group.groupQueriesLeft > 0, let timer = group.filterTimer {
            transmit(group: address, suppress: timer > low, [], delay: interval, at: now)
            group.groupQueriesLeft -= 1
        }
        let pending = Set(group.sourceQueriesLeft.keys)
        let confirmed = pending.filter { (group.listed[$0] ?? now) > low }
        let others = pending.subtracting(confirmed)
        if !confirmed.isEmpty { transmit(group: address, suppress: true, confirmed, delay: interval, at: now) }
        if !others.isEmpty { transmit(group: address, suppress: false, others, delay: interval, at: now) }
        for (source, left) in group.sourceQueriesLeft { group.sourceQueriesLeft[source] = left > 1 ? left - 1 : nil }
        group.nextQuery =
            group.groupQueriesLeft == 0 && group.sourceQueriesLeft.isEmpty ? nil : now + interval
    }

    /// A specific query heard with S clear (§7.6.1).
    mutating func lowerTimers(as query: NaiveMessage.Query, at now: Instant) {
        guard var group = groups[query.group] else { return }
        guard !isQuerier else {
            ask(Set(query.sources), asksGroup: query.sources.isEmpty, of: query.group, in: &group, at: now)
            groups[query.group] = group
            return
        }
        let asked = Duration.milliseconds(query.maximumResponseDelay) * operating.effectiveLastListenerQueryCount
        let longest = min(asked, operating.multicastAddressListeningInterval)
        let end = max(now + max(operating.lastListenerQueryTime, longest), heldFrom ?? now)
        if query.sources.isEmpty {
            group.filterTimer = group.filterTimer.map { min($0, end) }
        } else {
            for source in query.sources { group.listed[source] = group.listed[source].map { min($0, end) } }
        }
        groups[query.group] = group
    }

    mutating func transmit(
        group: IPv6Address, suppress: Bool, _ sources: Set<IPv6Address>, delay: Duration, at now: Instant
    ) {
        // IPv6 header 40, hop-by-hop header with Router Alert 8, query 28.
        let capacity = max(1, (mtu - 76) / 16)
        sent.append(
            Query(
                time: now, group: group, suppress: suppress, sources: sources, capacity: capacity,
                maximumResponseDelay: Int(delay.nanoseconds / 1_000_000), robustness: operating.robustnessVariable,
                interval: Int(operating.queryInterval.components.seconds)))
    }
}
