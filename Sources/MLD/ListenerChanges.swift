import IPv6
import Timing

/// Changes of what is wanted, and their repetition (RFC 9777 §6.1).
extension MLDListener {
    mutating func change(
        _ group: IPv6Address, _ mode: FilterMode, _ sources: ListenerSources, at now: Instant,
        using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        let isWanted = mode == .exclude || !sources.isEmpty
        guard isWanted || table.slot(of: group) != nil else { return }
        let placesBefore = table.places.count
        let slot = table.insert(group)
        if table.places.count > placesBefore { generalAnswer?.placesLeft += 1 }
        guard table[slot].mode != mode || table[slot].sources != sources else { return }
        if !table[slot].isReported {
            table[slot].want(mode, sources)
            if !isWanted { table.remove(at: slot) }
        } else if compatibility == .mldv1 {
            changeVersion1(slot, mode, sources, at: now, using: &random, into: &actions)
        } else {
            table[slot].change(to: mode, sources, times: configuration.robustness)
            var packer = ListenerReportPacker(mtu: mtu)
            tellChanges(
                slot, repeatedAt: nextRepetition(after: now, using: &random), packer: &packer, into: &actions)
            packer.flush(into: &actions)
        }
    }

    /// Tells whether there is a link-local address to send from. When one appears, everything is told again, since
    /// routers take nothing from `::` (§5.2.14).
    public mutating func setHasLinkLocal(
        _ has: Bool, at now: Instant, using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        advance(to: now, using: &random, into: &actions)
        let appears = has && !hasLinkLocal
        hasLinkLocal = has
        guard appears else { return }
        var packer = ListenerReportPacker(mtu: mtu)
        let repetition = nextRepetition(after: now, using: &random)
        for slot in table.places where table[slot].isHeard {
            if compatibility == .mldv1 {
                startReportingVersion1(slot, at: now, using: &random, into: &actions)
            } else {
                table[slot].renew(times: configuration.robustness)
                tellChanges(slot, repeatedAt: repetition, packer: &packer, into: &actions)
            }
        }
        packer.flush(into: &actions)
    }

    /// Sends what is to be told of one group once, and again at `repetition` as long as something is left.
    mutating func tellChanges(
        _ slot: Int, repeatedAt repetition: Instant, packer: inout ListenerReportPacker, into actions: inout [Action]
    ) {
        for record in table[slot].takeChanges() { packer.append(record, into: &actions) }
        if table[slot].hasChanges {
            table.scheduleRetransmission(at: slot, repetition)
        } else {
            table[slot].retransmission = .distantFuture
            if !table[slot].isWanted { table.remove(at: slot) }
        }
    }

    /// At random in (0, Unsolicited Report Interval] from now (§9.11).
    func nextRepetition(after now: Instant, using random: inout some RandomNumberGenerator) -> Instant {
        now + Self.delay(within: configuration.unsolicitedReportInterval, using: &random)
    }

    /// At random in (0, `longest`].
    static func delay(within longest: Duration, using random: inout some RandomNumberGenerator) -> Duration {
        .nanoseconds(Int64.random(in: 1...max(1, longest.nanoseconds), using: &random))
    }
}
