import IPv6
import Timing

// Leaves that are believed at once are asked about all the same. Whoever is still there answers: a listener in whose name
// somebody else left, who so gets its stream back, and at a snooping bridge the ports behind which others listen, so that
// the bridge ends the one of which the listener has gone.
//
// These queries lower no timer here: no lost answer may cut off hosts that are known. They have a bound of their own, and
// what exceeds it is left out, never put off.

extension MLDRouter {
    /// A group begins so many series within a last listener query interval; later leaves are asked about at its end.
    private static let seriesPerGroup = 4

    /// Only the querier asks.
    var confirmsLeaves: Bool { querierState.isActive && configuration.confirmingQueriesPerSecond > 0 }

    /// What is to be asked about a leave that was believed. `asked` is what the table of §7.4.2 has asked for, sorted;
    /// `departure` what is being asked for as it says.
    ///
    /// The group is asked where the table says so, and where others want the source, for the sake of bridges that act on
    /// no other query. Also where hosts may be in EXCLUDE mode, which do not tell it when they are asked for sources (§6.3).
    /// Sources that have ended are asked for besides: other routers lower their timers by that.
    func confirmation(of departure: Departure, _ outcome: GroupRecord.Outcome, _ asked: [IPv6Address], at slot: Int)
        -> Confirmation
    {
        var confirmation = Confirmation()
        guard !departure.asksGroup else { return confirmation }
        let record = table.records[slot]
        var others = false
        for source in asked {
            let (index, isThere) = record.find(source)
            guard isThere, record.sources[index].place == .forward else {
                confirmation.sources.append(source)
                continue
            }
            // What is asked for in earnest needs no other question.
            if !(departure.asksSources && record.sources[index].isQueried) { others = true }
        }
        confirmation.group = outcome.asksGroup || others
        if confirmation.sources.count > LeaveConfirmations.Series.maximumSources {
            confirmation.group = true
            confirmation.sources = []
        }
        if !confirmation.sources.isEmpty && !record.group.isSourceSpecific { confirmation.group = true }
        return confirmation
    }

    struct Confirmation {
        var group = false
        var sources: [IPv6Address] = []
        var isEmpty: Bool { !group && sources.isEmpty }
    }

    /// Asks about a leave that has been believed. `isNews`: it changed something; if not it is probably repeated, as hosts
    /// do, and the repetitions of the query are enough.
    mutating func confirm(
        _ confirmation: Confirmation, isNews: Bool, of group: IPv6Address, from host: IPv6Address, at now: Instant,
        into actions: inout [Action]
    ) {
        guard !confirmation.isEmpty else { return }
        let running = confirmations.find(group)
        if let running, !isNews, running.covers(group: confirmation.group, confirmation.sources) { return }
        var series = LeaveConfirmations.Series(
            group: group, asksGroup: confirmation.group, sources: confirmation.sources, begun: now,
            left: intervals.lastListenerQueryCount, next: now, countedSince: now)
        if let running {
            series.asksGroup = series.asksGroup || running.asksGroup
            series.add(running.sources)
            if running.countedSince + intervals.lastListenerQuery > now {
                series.countedSince = running.countedSince
                series.beginnings = running.beginnings
                if running.beginnings >= Self.seriesPerGroup {
                    series.next = running.next
                    confirmations.replace(series)
                    return
                }
                series.beginnings += 1
            }
        }
        let messages = series.messages(mtu: mtu) * Int(series.left)
        guard !confirmations.isFull || running != nil, rates.admits(confirmingQueries: messages, at: now) else {
            noteLimit(.confirmingQueries, host: host, at: now, into: &actions)
            return
        }
        transmit(&series, at: now, into: &actions)
        confirmations.put(series)
    }

    /// Repeats what is due, even if this router is not the querier any more.
    mutating func advanceConfirmations(to now: Instant, into actions: inout [Action]) {
        while confirmations.next <= now, var series = confirmations.series.first {
            transmit(&series, at: now, into: &actions)
            confirmations.put(series)
        }
    }

    /// One transmission. What has been refreshed since the leave is asked for with the S flag (§7.6.3.1, §7.6.3.2).
    private mutating func transmit(
        _ series: inout LeaveConfirmations.Series, at now: Instant, into actions: inout [Action]
    ) {
        series.left -= 1
        series.next = now + intervals.lastListenerQuery
        let record = table.slot(of: series.group).map { table.records[$0] }
        // A timer that was set after the leave.
        let fresh = series.begun + intervals.listening
        if series.asksGroup {
            let isRefreshed = record.map { $0.mode == .exclude && $0.filterTimer > fresh } ?? false
            send(specificQuery(for: series.group, suppress: isRefreshed), into: &actions)
        }
        guard !series.sources.isEmpty else { return }
        let refreshed = series.sources.filter { source in
            guard let record else { return false }
            let (index, isThere) = record.find(source)
            return isThere && record.sources[index].place == .forward && record.sources[index].timer > fresh
        }
        let open = series.sources.filter { !refreshed.sortedContains($0) }
        send(sources: refreshed, of: series.group, suppress: true, into: &actions)
        send(sources: open, of: series.group, suppress: false, into: &actions)
    }
}

extension LeaveConfirmations.Series {
    /// Sources of a series that this one takes the place of.
    fileprivate mutating func add(_ others: [IPv6Address]) {
        guard sources.count + others.count <= Self.maximumSources else {
            asksGroup = true
            sources = []
            return
        }
        for source in others where !sources.sortedContains(source) {
            let index = sources.firstIndex { $0 > source } ?? sources.endIndex
            sources.insert(source, at: index)
        }
    }

    /// Of one transmission.
    fileprivate func messages(mtu: Int) -> Int {
        let capacity = MLDQuery.sourceCapacity(mtu: mtu)
        return (asksGroup ? 1 : 0) + (sources.count + capacity - 1) / capacity
    }
}
