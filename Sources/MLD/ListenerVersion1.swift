import IPv6
import Timing

/// Version 1 as it is spoken while a version 1 querier is there (RFC 9777 §8.2, RFC 2710 §4 and §5).
///
/// There are no sources: a group is listened to or not. Its one timer, `ListenerGroup.answer`, is for the answer to a query
/// and for the repetitions of an unsolicited report alike; another listener's report stops it.
extension MLDListener {
    /// Sets the Older Version Querier Present Timer, and the mode if it is new (§8.2.1).
    mutating func hearVersion1Querier(at now: Instant) {
        guard configuration.version == .mldv2, configuration.olderQuerierCompatibility else { return }
        if compatibility == .mldv2 { setCompatibility(.mldv1) }
        olderQuerierUntil = now + configuration.olderVersionQuerierPresentInterval
    }

    mutating func leaveVersion1() {
        olderQuerierUntil = .distantFuture
        setCompatibility(.mldv2)
    }

    /// Whoever changes the mode cancels all that is pending (§8.2.1).
    private mutating func setCompatibility(_ version: MLDVersion) {
        compatibility = version
        generalAnswer = nil
        table.cancelAll()
        // Whether others have reported since is not known, so a done message will be due.
        for slot in table.places { table[slot].isLastReporter = true }
    }

    /// Start listening and stop listening (RFC 2710 §5).
    mutating func changeVersion1(
        _ slot: Int, _ mode: FilterMode, _ sources: ListenerSources, at now: Instant,
        using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        let wasWanted = table[slot].isWanted
        table[slot].want(mode, sources)
        if !table[slot].isWanted {
            if table[slot].isLastReporter {
                actions.append(.version1(MLDv1Message(.done, table[slot].address), to: .allRouters))
            }
            table.remove(at: slot)
        } else if !wasWanted {
            startReportingVersion1(slot, at: now, using: &random, into: &actions)
        }
    }

    /// An unsolicited report, as often as the robustness variable says.
    mutating func startReportingVersion1(
        _ slot: Int, at now: Instant, using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        table[slot].modeChangesLeft = configuration.robustness
        reportVersion1(slot, at: now, using: &random, into: &actions)
    }

    /// The timer has run out, or was never needed.
    mutating func reportVersion1(
        _ slot: Int, at now: Instant, using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        guard table[slot].isHeard else { return }
        let group = table[slot].address
        actions.append(.version1(MLDv1Message(.report, group), to: group))
        table[slot].isLastReporter = true
        table[slot].answer = .distantFuture
        table[slot].modeChangesLeft -= 1
        if table[slot].modeChangesLeft > 0 {
            table.scheduleAnswer(at: slot, nextRepetition(after: now, using: &random))
        } else {
            table[slot].modeChangesLeft = 0
        }
    }

    /// A query of either version; the sources of a version 2 query mean nothing here.
    mutating func receiveVersion1(
        _ query: MLDQuery, within longest: Duration, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        if query.isGeneral {
            for slot in table.places { delayReport(slot, within: longest, at: now, using: &random) }
        } else if let slot = table.slot(of: query.group) {
            delayReport(slot, within: longest, at: now, using: &random)
        }
    }

    /// Starts the timer; one that runs is only set anew if it would end later than any that could be set.
    private mutating func delayReport(
        _ slot: Int, within longest: Duration, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard table[slot].isHeard, table[slot].answer > now + longest else { return }
        table.scheduleAnswer(at: slot, now + Self.delay(within: longest, using: &random))
    }

    /// Somebody else has reported the group: that is enough for the querier (RFC 2710 §4).
    mutating func yieldVersion1(to report: MLDv1Message) {
        guard compatibility == .mldv1, report.kind == .report, let slot = table.slot(of: report.group),
            table[slot].answer < .distantFuture
        else { return }
        table[slot].cancelAll()
        table[slot].isLastReporter = false
    }
}
