import IPv6
import Timing

extension MLDRouter {
    /// The sender of the message being processed.
    struct Reporter {
        let address: IPv6Address
        /// Its number if it is tracked in any group.
        var number: Int32?
        /// The message is a version 1 report.
        var isVersion1 = false
        /// The message is a version 1 done.
        var isDone = false
        /// A limit refused a part of the message.
        var refused = false
        /// The group filter refused a part of the message.
        var denied = false
    }

    /// Applies one record: the tables of RFC 9777 §7.4 to the group's state, then the host's own membership, then what
    /// the table asks for.
    mutating func process(
        _ kind: MLDRecordKind, _ group: IPv6Address, _ list: MLDReportView.Sources, in octets: RawSpan,
        from reporter: inout Reporter, at now: Instant, into actions: inout [Action]
    ) {
        guard let slot = slot(for: group, kind, list, &reporter, at: now, into: &actions) else { return }
        let before = reportsEvents ? Snapshot(table.records[slot]) : nil
        if reporter.isVersion1 {
            table.records[slot].version1Until = now + intervals.olderHostPresent
            table.schedule(slot, at: now + intervals.olderHostPresent)
        }
        table.records[slot].lastReporter = reporter.address

        // In version 1 mode BLOCK and the sources of TO_EX mean nothing (§8.3.2).
        let isVersion1 = table.records[slot].version1Until > now || configuration.version == .mldv1
        var outcome = GroupRecord.Outcome()
        if !(isVersion1 && kind == .block) {
            let known = table.records[slot].sources.count
            let room = min(configuration.maximumGroupSources - known, configuration.maximumSources - sourceTotal)
            outcome = table.records[slot].apply(
                kind, isVersion1 && kind == .toExclude ? .none : list, in: octets, at: now,
                listening: intervals.listening, room: room)
            sourceTotal += table.records[slot].sources.count - known
        }
        if outcome.refused > 0 {
            let full = table.records[slot].sources.count >= configuration.maximumGroupSources
            refuse(full ? .groupSources : .sources, &reporter, at: now, into: &actions)
        }

        // A host that is known to speak version 2 says otherwise that it leaves: done is a reason to ask, and no more. In
        // version 1 mode all leaves are asked about anyway.
        let change =
            reporter.isDone && !isVersion1
            ? HostChange() : track(kind, list, in: octets, of: &reporter, at: slot, now: now, into: &actions)
        var suggestionChanged = outcome.suggestionChanged
        var confirmation = Confirmation()
        if outcome.asksGroup || outcome.asksSources {
            // Departing removes what nobody wants; the rest is asked for.
            let departure = depart(kind, list, outcome, change, of: reporter, at: slot, now: now)
            confirmation = departure.confirmation
            if departure.suggestionChanged { suggestionChanged = true }
            if departure.asks {
                ask(slot, group: departure.asksGroup, at: now, into: &actions)
            }
            table.records[slot].clearMarks()
        } else if change.released {
            table.records[slot].clearMarks()
        }

        if suggestionChanged { actions.append(.suggestionChanged(group: group)) }
        if GroupRecord.isIdle(table.records[slot].mode, table.records[slot].sources) {
            remove(slot, before, into: &actions)
            if reporter.number != nil { reporter.number = hostTable.number(of: reporter.address) }
        } else {
            before?.tell(changesTo: table.records[slot], into: &actions)
            table.schedule(slot, at: now + intervals.listening)
        }
        confirm(
            confirmation, isNews: change.isNews || suggestionChanged, of: group, from: reporter.address, at: now,
            into: &actions)
    }

    /// The slot of the group; a new one if the record makes state.
    private mutating func slot(
        for group: IPv6Address, _ kind: MLDRecordKind, _ list: MLDReportView.Sources, _ reporter: inout Reporter,
        at now: Instant, into actions: inout [Action]
    ) -> Int? {
        if let slot = table.slot(of: group) {
            if hasQuota(reporter, in: slot) { return slot }
            refuse(.groupsPerHost, &reporter, at: now, into: &actions)
            return nil
        }
        switch kind {
        case .isExclude, .toExclude: break
        case .isInclude, .toInclude, .allow:
            if list.count == 0 { return nil }
        case .block: return nil
        }
        guard configuration.groupFilter.allows(group) else {
            reporter.denied = true
            return nil
        }
        guard table.count < configuration.maximumGroups else {
            refusedUntil = now + intervals.listening
            refuse(.groups, &reporter, at: now, into: &actions)
            return nil
        }
        guard hasQuota(reporter, in: nil) else {
            refuse(.groupsPerHost, &reporter, at: now, into: &actions)
            return nil
        }
        let slot = table.insert(group, at: now)
        table.records[slot].untrackedUntil = refusedUntil
        if reportsEvents { actions.append(.event(.groupAdded(group: group))) }
        return slot
    }

    /// Whether a host may have something to say about the group: one of its groups already, or not too many of them. A host
    /// that could not be tracked has no quota, or it would have none that counts.
    private func hasQuota(_ reporter: Reporter, in slot: Int?) -> Bool {
        guard let quota = configuration.maximumGroupsPerHost else { return true }
        guard let number = reporter.number else { return quota > 0 && hostTable.count < configuration.maximumHosts }
        if let slot, table.records[slot].hosts.position(of: number) != nil { return true }
        return hostTable.membershipCount(of: number) < quota
    }

    /// Notes that something was refused because of a limit.
    mutating func refuse(_ limit: MLDLimit, _ reporter: inout Reporter, at now: Instant, into actions: inout [Action]) {
        reporter.refused = true
        noteLimit(limit, host: reporter.address, at: now, into: &actions)
    }

    /// Deletes a record with all that belongs to it. The caller has told the suggestion's change if `before` is given.
    mutating func remove(_ slot: Int, _ before: Snapshot? = nil, into actions: inout [Action]) {
        let record = table.records[slot]
        table.remove(slot)
        sourceTotal -= record.sources.count
        if !record.isIdle { actions.append(.suggestionChanged(group: record.group)) }
        if reportsEvents {
            var nothing = GroupRecord(group: record.group, created: record.created)
            nothing.mode = before?.mode ?? record.mode
            (before ?? Snapshot(record)).tell(changesTo: nothing, into: &actions)
        }
        for position in 0..<record.hosts.count {
            guard let membership = record.hosts[position] else { continue }
            release(membership, of: record.group, into: &actions)
        }
        if reportsEvents { actions.append(.event(.groupRemoved(group: record.group))) }
    }

    /// What observers are told changes of, taken before a change.
    struct Snapshot {
        let mode: FilterMode
        let sources: [IPv6Address]

        init(_ record: GroupRecord) {
            mode = record.mode
            sources = Self.listed(record)
        }

        private static func listed(_ record: GroupRecord) -> [IPv6Address] {
            record.sources.lazy.filter { $0.place != .tracked }.map(\.address)
        }

        func tell(changesTo record: GroupRecord, into actions: inout [Action]) {
            if record.mode != mode { actions.append(.event(.modeChanged(group: record.group, mode: record.mode))) }
            let now = Self.listed(record)
            for source in sources where !now.sortedContains(source) {
                actions.append(.event(.sourceRemoved(group: record.group, source: source)))
            }
            for source in now where !sources.sortedContains(source) {
                actions.append(.event(.sourceAdded(group: record.group, source: source)))
            }
        }
    }
}
