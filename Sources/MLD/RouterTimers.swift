import IPv6
import Timing

extension MLDRouter {
    /// Lets everything happen that is due at `now`. Messages that have arrived should be given to `receive` first.
    public mutating func advance(to now: Instant, into actions: inout [Action]) {
        advanceQuerier(to: now, into: &actions)
        while let slot = table.popDue(at: now) { expire(slot, at: now, into: &actions) }
        if confirmations.next <= now { advanceConfirmations(to: now, into: &actions) }
    }

    /// Timers of one record (RFC 9777 §7.2.2, §7.2.3, §7.5).
    private mutating func expire(_ slot: Int, at now: Instant, into actions: inout [Action]) {
        let before = reportsEvents ? Snapshot(table.records[slot]) : nil
        var expiry = GroupRecord.Expiry()
        table.records[slot].prolong(by: querierState.hold, at: now)
        countSources(slot) { expiry = $0.expire(at: now) }
        if expiry.endedFilter { forgetExcluding(slot, into: &actions) }
        if !expiry.unheard.isEmpty { forget(expiry.unheard, at: slot, into: &actions) }
        if expiry.suggestionChanged {
            actions.append(.suggestionChanged(group: table.records[slot].group))
        }
        if table.records[slot].isIdle {
            remove(slot, before, into: &actions)
            return
        }
        if table.records[slot].hostSweep <= now { sweepHosts(slot, at: now, into: &actions) }
        resume(slot, at: now, into: &actions)
        before?.tell(changesTo: table.records[slot], into: &actions)
        table.schedule(slot, at: table.records[slot].deadline)
    }

    /// The filter timer has run out: no host in EXCLUDE mode has been heard.
    private mutating func forgetExcluding(_ slot: Int, into actions: inout [Action]) {
        guard table.records[slot].hosts.excludeCount > 0 else { return }
        // One that was heard meanwhile, with records that do not say its mode, is there and wants something else.
        for position in 0..<table.records[slot].hosts.count {
            guard let host = table.records[slot].hosts[position], host.mode == .exclude else { continue }
            table.records[slot].untrackedUntil = max(table.records[slot].untrackedUntil, host.expires)
        }
        leaveAll(slot, into: &actions) { $0.mode == .exclude }
    }

    /// Source timers have run out: the hosts that named them no longer do, or they would have been heard.
    private mutating func forget(_ unheard: [IPv6Address], at slot: Int, into actions: inout [Action]) {
        for position in (0..<table.records[slot].hosts.count).reversed() {
            guard var membership = table.records[slot].hosts[position], membership.mode == .include else { continue }
            let gone = membership.sources.filter { unheard.sortedContains($0) }
            if gone.isEmpty { continue }
            if gone.count == membership.sources.count {
                leave(slot, at: position, into: &actions)
                continue
            }
            membership.setSources(membership.sources.filter { !gone.sortedContains($0) })
            membershipTotal -= gone.count
            countSources(slot) { record in
                record.hosts.replace(at: position, with: membership)
                record.count(listenersOf: gone, by: -1)
            }
        }
        table.records[slot].clearMarks()
    }

    /// Ends memberships that have not been refreshed. With many hosts that is looked at now and then only, so that hosts
    /// that run out one by one do not each cost a walk over all.
    private mutating func sweepHosts(_ slot: Int, at now: Instant, into actions: inout [Action]) {
        leaveAll(slot, into: &actions) { $0.expires <= now }
        var earliest = Instant.distantFuture
        for position in 0..<table.records[slot].hosts.count {
            earliest = min(earliest, table.records[slot].hosts[position]?.expires ?? .distantFuture)
        }
        let isCrowded = table.records[slot].hosts.count > 16
        table.records[slot].hostSweep = isCrowded ? max(earliest, now + intervals.listening / 64) : earliest
        table.records[slot].clearMarks()
    }

    private mutating func leaveAll(
        _ slot: Int, into actions: inout [Action], where matches: (Membership) -> Bool
    ) {
        // Backwards: removing moves the last membership, which has been looked at, into the gap.
        for position in (0..<table.records[slot].hosts.count).reversed() {
            guard let membership = table.records[slot].hosts[position], matches(membership) else { continue }
            leave(slot, at: position, into: &actions)
        }
    }
}

extension GroupRecord {
    struct Expiry {
        var suggestionChanged = false
        var endedFilter = false
        /// Sorted: sources whose timer ran out while tracked hosts still named them.
        var unheard: [IPv6Address] = []
    }

    /// Puts off what is due but held.
    mutating func prolong(by hold: QuerierState.Hold, at now: Instant) {
        func isHeld(_ end: Instant) -> Bool { end <= now && hold.contains(end) }
        if mode == .exclude && isHeld(filterTimer) { filterTimer = hold.until }
        for index in sources.indices where sources[index].place == .forward && isHeld(sources[index].timer) {
            sources[index].timer = hold.until
        }
        if isHeld(hostSweep) { hostSweep = hold.until }
    }

    /// Applies the timers that have run out (§7.2.2 Filter Timer, §7.2.3 Source Timer).
    mutating func expire(at now: Instant) -> Expiry {
        var expiry = Expiry()
        if version1Until <= now { version1Until = Instant(nanoseconds: 0) }
        let filterEnds = mode == .exclude && filterTimer <= now
        var removes = false
        for index in sources.indices {
            switch sources[index].place {
            case .forward:
                if sources[index].timer > now { continue }
                if sources[index].listeners > 0 { expiry.unheard.append(sources[index].address) }
                if mode == .exclude && !filterEnds {
                    sources[index].place = .block
                    sources[index].queriesLeft = 0
                    sources[index].isDeferred = false
                } else if !Self.keepsTracked(&sources[index]) {
                    removes = true
                }
                expiry.suggestionChanged = true
            case .block:
                if filterEnds && !Self.keepsTracked(&sources[index]) { removes = true }
            case .tracked: break
            }
        }
        if removes { dropUntracked() }
        if filterEnds {
            mode = .include
            queriesLeft = 0
            expiry.endedFilter = true
            expiry.suggestionChanged = true
        }
        return expiry
    }
}
