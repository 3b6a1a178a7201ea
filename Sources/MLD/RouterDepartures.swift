import IPv6
import Timing

// Leaving, where the tables of RFC 9777 §7.4.2 say Q(MA) or Q(MA,set).
//
// Where all listeners are tracked the answers to these queries are known already:
// - nobody is left: the state goes at once;
// - other tracked hosts want it: it stays, and no timer is lowered, so that no lost answer can cut them off;
// - not clear from what is counted: the queries go out, and what they are not answered for ends.
// In the first two cases a query follows that only confirms it (`RouterConfirmations`).
// A host that vanishes without a word counts as wanting for the listening interval, as it does without tracking.

extension MLDRouter {
    struct Departure {
        var asksGroup = false
        var asksSources = false
        var suggestionChanged = false
        var confirmation = Confirmation()
        var asks: Bool { asksGroup || asksSources }
    }

    /// Whether all listeners of a group are tracked now.
    private func isTracked(_ record: GroupRecord, at now: Instant) -> Bool {
        configuration.immediateLeave && configuration.version == .mldv2 && now >= querierState.allHeardFrom
            && record.version1Until <= now
            && record.untrackedUntil <= now && unheardUntil <= now
    }

    /// Lists this long may be one part of several (§5.2.15); deciding on a part could cut off the rest.
    private static let partialListLength = 64

    /// Decides what is removed at once and what is asked for after a state-change record. Sources to ask for stay marked.
    mutating func depart(
        _ kind: MLDRecordKind, _ list: MLDReportView.Sources, _ outcome: GroupRecord.Outcome, _ change: HostChange,
        of reporter: Reporter, at slot: Int, now: Instant
    ) -> Departure {
        let departure = Departure(asksGroup: outcome.asksGroup, asksSources: outcome.asksSources)
        guard list.count < Self.partialListLength else {
            // Until its sender has been heard again, what it may have named besides is forwarded in EXCLUDE mode only.
            if kind == .toInclude && change.previousMode == .exclude {
                table.records[slot].untrackedUntil = now + intervals.listening
            }
            return departure
        }
        guard isTracked(table.records[slot], at: now) else { return departure }
        let asked = confirmsLeaves ? table.records[slot].asked : []
        var settled = settle(kind, list, departure, change, of: reporter, at: slot, now: now)
        if confirmsLeaves { settled.confirmation = confirmation(of: settled, outcome, asked, at: slot) }
        return settled
    }

    /// What is left to be asked where all listeners are tracked.
    private mutating func settle(
        _ kind: MLDRecordKind, _ list: MLDReportView.Sources, _ asked: Departure, _ change: HostChange,
        of reporter: Reporter, at slot: Int, now: Instant
    ) -> Departure {
        var departure = asked
        let hosts = table.records[slot].hosts.count
        var excluding = table.records[slot].hosts.excludeCount
        let own = kind == .toInclude ? reporter.number.flatMap { table.records[slot].hosts.membership(of: $0) } : nil
        // Done leaves the membership as it is, but those of the others only are sure.
        if reporter.isDone && own?.mode == .exclude { excluding -= 1 }
        if change.hasLeft && hosts == 0 {
            countSources(slot) { $0.empty() }
            departure = Departure()
            departure.suggestionChanged = true
        } else if table.records[slot].mode == .include {
            departure.suggestionChanged = settleIncluded(slot, excluding: excluding, own: own?.sources ?? [])
            departure.asksSources = table.records[slot].sources.contains { $0.isQueried }
        } else if excluding == 0 && Self.tellsAll(kind, list, change) {
            countSources(slot) { $0.include(at: now) }
            departure = Departure()
            departure.asksSources = table.records[slot].sources.contains { $0.isQueried }
            departure.suggestionChanged = true
        } else if kind == .toInclude {
            if excluding > 0 { departure = Departure() }
        } else if table.records[slot].hosts.openCount > 0 {
            departure = Departure()
        }
        return departure
    }

    /// Whether all is known that the sender of a record wants, so that EXCLUDE mode ends if no tracked host is in it. None
    /// may be in it because the last one left before all were tracked, to a router that is not querier and so did not ask.
    ///
    /// Not so where TO_IN comes from a host in INCLUDE mode: it may be a part of a list of which others are lost. BLOCK of
    /// a host that is not known may come from one in EXCLUDE mode.
    private static func tellsAll(_ kind: MLDRecordKind, _ list: MLDReportView.Sources, _ change: HostChange) -> Bool {
        switch (kind, change.previousMode) {
        case (.toInclude, .exclude?), (.block, .include?): true
        case (.toInclude, .include?): list.count == 0
        default: false
        }
    }

    /// In INCLUDE mode, sources that the last tracked listener has let go end at once; those that another wants are not
    /// asked for. `own` is what the sender of a TO_IN is known to have named: it may have lost interest in what it does
    /// not name now. Returns whether any ended.
    private mutating func settleIncluded(_ slot: Int, excluding: Int32, own: [IPv6Address]) -> Bool {
        var ended = false
        countSources(slot) { record in
            guard excluding == 0 else { return }
            for index in record.sources.indices where record.sources[index].isQueried {
                let ownShare: Int32 = own.sortedContains(record.sources[index].address) ? 1 : 0
                let address = record.sources[index].address
                if record.sources[index].listeners > ownShare && record.isSurelyWanted(address) {
                    record.sources[index].isQueried = false
                } else if record.sources[index].isReleased {
                    _ = GroupRecord.keepsTracked(&record.sources[index])
                    ended = true
                }
            }
            if ended { record.dropUntracked() }
        }
        return ended
    }
}

extension GroupRecord {
    /// Nobody wants anything: INCLUDE of nothing.
    mutating func empty() {
        mode = .include
        sources = []
        queriesLeft = 0
    }

    /// EXCLUDE mode ends because no tracked host is in it: INCLUDE of what tracked hosts name.
    mutating func include(at now: Instant) {
        mode = .include
        queriesLeft = 0
        restoreTimers()
        for index in sources.indices {
            sources[index].isQueried = false
            if sources[index].listeners > 0 && sources[index].timer > now {
                sources[index].place = .forward
                sources[index].isQueried = !isSurelyWanted(sources[index].address)
            } else {
                _ = Self.keepsTracked(&sources[index])
            }
        }
        dropUntracked()
    }

    /// A source that left the record while it was being asked for is asked for no more, and one that BLOCK has brought back
    /// not at all: their timers are again what the hosts that name them make them.
    private mutating func restoreTimers() {
        func isLeftOver(_ source: SourceState) -> Bool {
            source.isLowered && source.listeners > 0
                && (source.place == .tracked || source.isQueried && source.queriesLeft == 0)
        }
        guard sources.contains(where: isLeftOver) else { return }
        for index in sources.indices where isLeftOver(sources[index]) {
            sources[index].isLowered = false
            for position in 0..<hosts.count {
                guard let host = hosts[position], host.mode == .include else { continue }
                guard host.sources.sortedContains(sources[index].address) else { continue }
                sources[index].timer = max(sources[index].timer, host.expires)
            }
        }
    }

    /// The sources marked `isQueried`.
    var asked: [IPv6Address] { sources.lazy.filter(\.isQueried).map(\.address) }

    mutating func dropUntracked() { sources.removeAll { $0.place == .tracked && $0.listeners <= 0 } }

    mutating func clearMarks() {
        for index in sources.indices {
            sources[index].isQueried = false
            sources[index].isReleased = false
        }
    }
}
