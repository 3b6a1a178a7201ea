import IPv6
import Timing

/// The listener part of multicast listener discovery on one interface (RFC 9777 §6, and RFC 2710 where §8.2 asks for it).
///
/// A value that does nothing by itself: wishes, queries and the time go in, reports come out. How it is built:
/// - A change is told at once and repeated; what is still to be told of a group is counted by group and by source, so
///   that changes merge as §6.1 has it (`ListenerGroup`).
/// - The answer to a general query goes through the groups in their places, one report at a time, spread over the time
///   that the querier allows (§6.3); specific queries have a timer for each group (`ListenerAnswers`).
/// - While a version 1 querier is there, the group's timer serves version 1 instead (`ListenerVersion1`).
public struct MLDListener: Sendable {
    /// What the caller is to send, with hop limit 1 and Router Alert, from its link-local address or, while
    /// ``hasLinkLocal`` is false, from `::`.
    public enum Action: Equatable, Sendable {
        case report(MLDReport, to: IPv6Address)
        case version1(MLDv1Message, to: IPv6Address)
    }

    /// What is wanted of one group.
    public struct Wish: Hashable, Sendable {
        public var group: IPv6Address
        public var mode: FilterMode
        /// Ascending.
        public var sources: [IPv6Address]

        public init(group: IPv6Address, mode: FilterMode, sources: [IPv6Address]) {
            self.group = group
            self.mode = mode
            self.sources = sources
        }
    }

    public let configuration: MLDListenerConfiguration
    /// MTU of the link in octets, which limits the reports.
    public var mtu: Int
    /// Whether the interface has a link-local address to send from; at first it is taken to have one.
    public internal(set) var hasLinkLocal = true
    /// The Host Compatibility Mode (§8.2.1).
    public internal(set) var compatibility: MLDVersion

    var table = ListenerGroups()
    var generalAnswer: GeneralAnswer?
    /// The end of the Older Version Querier Present Timer.
    var olderQuerierUntil = Instant.distantFuture

    public init(configuration: MLDListenerConfiguration, mtu: Int) {
        self.configuration = configuration
        self.mtu = mtu
        compatibility = configuration.version
    }

    /// Tells what the interface wants of `group` from now on, all who listen on it taken together (§4.2); INCLUDE({})
    /// leaves. What changes goes out at once.
    ///
    /// Sources may come in any order. `::` and multicast addresses among them are dropped, and so is a wish for an address
    /// that is no group. EXCLUDE means nothing in the SSM range (RFC 4604 §2.2.1) and leaves.
    public mutating func want(
        _ group: IPv6Address, _ mode: FilterMode, _ sources: [IPv6Address], at now: Instant,
        using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        advance(to: now, using: &random, into: &actions)
        guard group.isMulticast else { return }
        let isNothing = mode == .exclude && group.isSourceSpecific
        let wanted = isNothing ? .none : ListenerSources(sources)
        change(group, isNothing ? .include : mode, wanted, at: now, using: &random, into: &actions)
    }

    /// Does what has become due.
    public mutating func advance(
        to now: Instant, using random: inout some RandomNumberGenerator, into actions: inout [Action]
    ) {
        if compatibility != configuration.version && olderQuerierUntil <= now {
            fireTimers(upTo: olderQuerierUntil, at: now, using: &random, into: &actions)
            leaveVersion1()
        }
        fireTimers(upTo: now, at: now, using: &random, into: &actions)
    }

    /// When `advance` is to be called next; nil when nothing is waiting. May be earlier than anything that happens.
    public var nextDeadline: Instant? {
        let earliest = min(
            table.nextDeadline ?? .distantFuture, generalAnswer?.next ?? .distantFuture, olderQuerierUntil)
        return earliest == .distantFuture ? nil : earliest
    }

    private mutating func fireTimers(
        upTo limit: Instant, at now: Instant, using random: inout some RandomNumberGenerator,
        into actions: inout [Action]
    ) {
        while let pending = generalAnswer, pending.next <= limit { continueGeneralAnswer(at: now, into: &actions) }
        var packer = ListenerReportPacker(mtu: mtu)
        // Groups whose changes were told together keep being told together.
        var repetition: Instant?
        while let slot = table.popDue(at: limit) {
            if compatibility == .mldv1 {
                if table[slot].answer <= limit { reportVersion1(slot, at: now, using: &random, into: &actions) }
                continue
            }
            if table[slot].answer <= limit {
                if let record = table[slot].pendingAnswer { packer.append(record, into: &actions) }
                table[slot].cancelAnswer()
            }
            if table[slot].retransmission <= limit {
                let next = repetition ?? nextRepetition(after: now, using: &random)
                repetition = next
                tellChanges(slot, repeatedAt: next, packer: &packer, into: &actions)
            }
        }
        packer.flush(into: &actions)
    }
}

// MARK: what is wanted

extension MLDListener {
    /// All that is wanted now, in the order of the groups.
    public var groups: [Wish] { table.slots.keys.sorted().compactMap(wish) }

    /// What is wanted of one group; nil if it is not listened to.
    public func wish(for group: IPv6Address) -> Wish? {
        guard let slot = table.slot(of: group), table[slot].isWanted else { return nil }
        return Wish(group: group, mode: table[slot].mode, sources: table[slot].sources.addresses)
    }
}
