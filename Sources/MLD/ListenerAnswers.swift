import IPv6
import Timing

/// The pending answer to a general query: the Interface Timer, and how far through the groups it is (RFC 9777 §6.2, §6.3).
///
/// It goes round the places of the table, so that a query that comes amid the answer to another one has all of them
/// answered again from where it is, and no group waits for ever.
struct GeneralAnswer: Sendable {
    /// When the next report goes out.
    var next: Instant
    /// When the last one has to be out.
    var deadline: Instant
    var place = 0
    var placesLeft: Int
    /// Octets of records still to come, about.
    var octetsLeft: Int
}

/// Queries, and the answers to them (RFC 9777 §6.2, §6.3).
extension MLDListener {
    /// Takes one message: ICMPv6 octets whose checksum the caller has verified, and what its IPv6 headers said. The
    /// interface's own messages are not to be given to it.
    ///
    /// Anything but a valid query is ignored (§6.2), reports of others in version 1 mode excepted. A query may have been
    /// sent to any address of the interface (§5.1.15).
    public mutating func receive(
        _ message: RawSpan, from source: IPv6Address, to destination: IPv6Address, hopLimit: UInt8, routerAlert: Bool,
        at now: Instant, using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        advance(to: now, using: &random, into: &actions)
        guard hopLimit == 1, source.isLinkLocal, routerAlert || !configuration.requireRouterAlert,
            message.byteCount > 0
        else { return }
        switch MLDMessageType(rawValue: message.octet(at: 0)) {
        case .query:
            if let query = try? MLDQuery(parsing: message) { receive(query, at: now, using: &random) }
        case .reportV1:
            if let report = try? MLDv1Message(parsing: message) { yieldVersion1(to: report) }
        case .report, .done, nil: break
        }
    }

    private mutating func receive(
        _ query: MLDQuery, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        if query.version == .mldv1 && query.isGeneral { hearVersion1Querier(at: now) }
        // Not even a query that says so is answered at once (§6.3).
        let longest = Duration.milliseconds(Int64(max(1, query.maximumResponseDelay)))
        if compatibility == .mldv1 {
            receiveVersion1(query, within: longest, at: now, using: &random)
        } else if query.isGeneral {
            scheduleGeneralAnswer(within: longest, at: now, using: &random)
        } else {
            scheduleAnswer(to: query, within: longest, at: now, using: &random)
        }
    }

    /// Rule 2 of §6.2. Of several reports the first comes at random in the first of as many parts of the time.
    private mutating func scheduleGeneralAnswer(
        within longest: Duration, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard table.recordOctets > 0 else { return }
        let capacity = ListenerReportPacker.capacity(mtu: mtu)
        let reports = (table.recordOctets + capacity - 1) / capacity
        let selected = now + Self.delay(within: longest / reports, using: &random)
        var answer =
            generalAnswer ?? GeneralAnswer(next: selected, deadline: now + longest, placesLeft: 0, octetsLeft: 0)
        answer.next = min(answer.next, selected)
        answer.deadline = min(answer.deadline, now + longest)
        answer.placesLeft = table.places.count
        answer.octetsLeft = table.recordOctets
        generalAnswer = answer
    }

    /// Sends the next report of the answer. Once the time is up there is no pause before the next one.
    mutating func continueGeneralAnswer(at now: Instant, into actions: inout [Action]) {
        guard var pending = generalAnswer else { return }
        var packer = ListenerReportPacker(mtu: mtu)
        while pending.placesLeft > 0 {
            if pending.place >= table.places.count { pending.place = 0 }
            let group = table[pending.place]
            if group.isHeard {
                if !packer.isEmpty && !packer.hasRoom(for: group.sources.count) { break }
                packer.append(group.currentState, into: &actions)
                // Rule 1: a specific query that still waits has its answer with this.
                table[pending.place].cancelAnswer()
                pending.octetsLeft -= group.recordLength
            }
            pending.place += 1
            pending.placesLeft -= 1
        }
        packer.flush(into: &actions)
        guard pending.placesLeft > 0 else {
            generalAnswer = nil
            return
        }
        let reports = max(1, (pending.octetsLeft + packer.capacity - 1) / packer.capacity)
        let pause = max((pending.deadline - now) / (reports + 1), .milliseconds(1))
        pending.next = min(now + pause, pending.deadline)
        generalAnswer = pending
    }

    /// Rules 3 to 5 of §6.2; rule 1 is left to the general answer, which may or may not have passed the group.
    private mutating func scheduleAnswer(
        to query: MLDQuery, within longest: Duration, at now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard let slot = table.slot(of: query.group), table[slot].isHeard else { return }
        let queried = ListenerSources(query.sources)
        if !query.sources.isEmpty && table[slot].wanted(of: queried).isEmpty { return }
        let selected = now + Self.delay(within: longest, using: &random)
        let pending = table[slot].answer
        let isForSome = !queried.isEmpty && (pending == .distantFuture || !table[slot].queriedSources.isEmpty)
        let union = isForSome ? table[slot].queriedSources.union(queried) : .none
        let others = table.queriedSourceTotal - table[slot].queriedSources.count
        let isKept =
            union.count <= configuration.maximumQueriedSources
            && others + union.count <= configuration.maximumQueriedSourcesTotal
        table[slot].queriedSources = isKept ? union : .none
        if selected < pending { table.scheduleAnswer(at: slot, selected) }
    }
}
