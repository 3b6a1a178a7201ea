import IPv6
import Timing

extension MLDRouter {
    mutating func send(_ query: MLDQuery, into actions: inout [Action]) {
        guard !configuration.isPassive else { return }
        statistics.sent.query += 1
        actions.append(.send(query, to: query.destination))
    }

    /// Sends one and arranges the next (RFC 9777 §7.1, §7.6.2).
    mutating func sendGeneralQuery(at now: Instant, into actions: inout [Action]) {
        var query = specificQuery(for: .unspecified, suppress: false)
        query.maximumResponseDelay = Self.milliseconds(operating.queryResponseInterval)
        send(query, into: &actions)
        querierState.lastGeneralQuery = now
        querierState.allHeardFrom = min(querierState.allHeardFrom, now + intervals.queryResponse)
        querierState.startupQueriesLeft = max(querierState.startupQueriesLeft - 1, 0)
        let starting = querierState.startupQueriesLeft > 0
        guard !configuration.isPassive else { return }  // nobody would hear another one
        querierState.nextGeneralQuery = now + (starting ? intervals.startupQuery : intervals.query)
    }

    /// A query for one group; listeners have the last listener query interval to answer (§5.1.3, §9.8).
    func specificQuery(for group: IPv6Address, suppress: Bool, sources: [IPv6Address] = []) -> MLDQuery {
        MLDQuery(
            version: configuration.version,
            maximumResponseDelay: Self.milliseconds(operating.lastListenerQueryInterval), group: group,
            suppressRouterSideProcessing: suppress, robustnessVariable: UInt8(clamping: operating.robustnessVariable),
            queryInterval: UInt32(clamping: operating.queryInterval.components.seconds), sources: sources)
    }

    static func milliseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.nanoseconds / 1_000_000)
    }

    /// Begins the series that Q(MA) and Q(MA,set) of the transition tables ask for (§7.6.3); the sources are those marked
    /// `isQueried`. Only the querier does; the others wait for its query. Where series begin too often, it waits: until
    /// then no timer is lowered, so that nobody is cut off without having been asked.
    mutating func ask(_ slot: Int, group: Bool, at now: Instant, into actions: inout [Action]) {
        guard querierState.isActive else { return }
        guard table.records[slot].needsQueries(group: group, lowered: now + intervals.lastListenerQueryTime) else {
            return
        }
        // Those that wait already take these along.
        let waits = table.records[slot].deferredUntil
        let start = waits == .distantFuture ? reserveSeries(slot, group: group, at: now) : waits
        guard start <= now else {
            noteLimit(.specificQueries, host: table.records[slot].lastReporter, at: now, into: &actions)
            table.records[slot].deferQueries(group: group, until: start)
            table.schedule(slot, at: start)
            return
        }
        begin(slot, group: group, at: now, into: &actions)
    }

    /// When a series may begin. Whoever answers makes the next leave begin a new one, so a forger of leaves would
    /// otherwise have the link full of queries and answers.
    private mutating func reserveSeries(_ slot: Int, group: Bool, at now: Instant) -> Instant {
        let record = table.records[slot]
        let isFull = Int(record.seriesBegun) >= configuration.querySeriesPerGroup
        let asked = record.sources.count { $0.isQueried }
        let capacity = MLDQuery.sourceCapacity(mtu: mtu)
        let messages = (group ? 1 : 0) + (asked + capacity - 1) / capacity
        let start = rates.reserve(specificQueries: messages * Int(intervals.lastListenerQueryCount), at: now)
        return isFull ? max(start, record.seriesSince + intervals.lastListenerQuery) : start
    }

    private mutating func begin(_ slot: Int, group: Bool, at now: Instant, into actions: inout [Action]) {
        let lowered = now + intervals.lastListenerQueryTime
        let isNew = table.records[slot].beginQueries(
            group: group, lowered: lowered, count: intervals.lastListenerQueryCount)
        guard isNew else { return }
        countSeries(slot, at: now)
        transmit(slot, at: now, into: &actions)
        table.schedule(slot, at: min(lowered, table.records[slot].nextQuery))
    }

    /// What is due of a group's queries: a series that had to wait, together with what is pending already.
    mutating func resume(_ slot: Int, at now: Instant, into actions: inout [Action]) {
        if let group = table.records[slot].takeDeferred(at: now) {
            if querierState.isActive { begin(slot, group: group, at: now, into: &actions) }
            table.records[slot].clearMarks()
        }
        if table.records[slot].nextQuery <= now { transmit(slot, at: now, into: &actions) }
    }

    private mutating func countSeries(_ slot: Int, at now: Instant) {
        if table.records[slot].seriesSince + intervals.lastListenerQuery <= now {
            table.records[slot].seriesSince = now
            table.records[slot].seriesBegun = 0
        }
        table.records[slot].seriesBegun = UInt8(clamping: Int(table.records[slot].seriesBegun) + 1)
    }

    /// One transmission of all that is pending for a group: for the group, then for sources with S set, those with S clear
    /// (§7.6.3.1, §7.6.3.2). Version 1 can ask for the group only.
    private mutating func transmit(_ slot: Int, at now: Instant, into actions: inout [Action]) {
        let group = table.records[slot].group
        let lowered = now + intervals.lastListenerQueryTime
        let next = table.records[slot].takeTransmission(lowered: lowered)
        if configuration.version == .mldv1 {
            let asks = next.asksGroup || !next.refreshed.isEmpty || !next.open.isEmpty
            if asks { send(specificQuery(for: group, suppress: false), into: &actions) }
        } else {
            if next.asksGroup {
                send(specificQuery(for: group, suppress: next.suppressGroup), into: &actions)
            }
            if !next.refreshed.isEmpty || !next.open.isEmpty { table.records[slot].noteSourcesAsked(until: lowered) }
            send(sources: next.refreshed, of: group, suppress: true, into: &actions)
            send(sources: next.open, of: group, suppress: false, into: &actions)
        }
        table.records[slot].nextQuery = next.continues ? now + intervals.lastListenerQuery : .distantFuture
    }

    /// As many queries as the MTU makes of a list; none for an empty one.
    mutating func send(
        sources: [IPv6Address], of group: IPv6Address, suppress: Bool, into actions: inout [Action]
    ) {
        let capacity = MLDQuery.sourceCapacity(mtu: mtu)
        var rest = sources[...]
        while !rest.isEmpty {
            let query = specificQuery(for: group, suppress: suppress, sources: Array(rest.prefix(capacity)))
            send(query, into: &actions)
            rest = rest.dropFirst(capacity)
        }
    }

    /// A specific query of another router lowers timers, unless it says not to (§7.6.1).
    ///
    /// The querier asks itself. What the other one asked may be answered already where messages cross, and it may not ask
    /// again for what a lost answer has left out: whoever it is, nobody is cut off for that.
    mutating func receive(specific query: MLDQuery, at now: Instant, into actions: inout [Action]) {
        guard let slot = table.slot(of: query.group) else { return }
        // Listeners have the time that the query gives them, however short ours is.
        let theirs = UInt64(query.maximumResponseDelay) * 1_000_000 * UInt64(intervals.lastListenerQueryCount)
        let longest = max(intervals.lastListenerQueryTime, min(theirs, intervals.listening))
        let lowered = max(now + longest, querierState.hold.from)
        if !query.sources.isEmpty { table.records[slot].noteSourcesAsked(until: lowered) }
        if query.suppressRouterSideProcessing { return }
        if querierState.isActive {
            table.records[slot].mark(query.sources)
            ask(slot, group: query.sources.isEmpty, at: now, into: &actions)
            table.records[slot].clearMarks()
            return
        }
        table.records[slot].lowerTimers(of: query.sources, to: lowered)
        table.schedule(slot, at: lowered)
    }
}
