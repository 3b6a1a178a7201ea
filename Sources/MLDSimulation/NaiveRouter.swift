import IPv6
import MLD
import Timing

/// The router part of one link written straight from the tables of RFC 9777, as a second opinion on `MLDRouter`.
///
/// Deliberately naive: dictionaries and sets, linear scans, one instant for each timer, own parser. Of `MLD` it takes
/// settings and their intervals. It does not know: limits, tracking of hosts (so it is to be compared with a router without
/// immediate leave), filters of groups, version 1 mode of a whole link, routers that only listen.
/// `advance` must not be skipped: `receive` first lets everything happen that was due before.
///
/// What the RFC leaves open and this project decided:
/// - The querier answers a general query of a router that loses the election with its own, but not before a query response
///   interval has passed since its last one. A query from its own address is its own, or pretends to be, and means nothing.
/// - A specific query that is heard with S clear lowers timers to LLQT, or to its own delay times LLQC if that is longer;
///   the querier asks itself instead.
/// - What is already being asked for is not asked for anew. When something else of the same group is, what is pending goes
///   out with it, as one of its transmissions.
/// - The querier forgets a robustness that it adopted after the Other Querier Present interval.
/// - Another querier is waited for no longer than the own Other Querier Present interval, whatever it tells; its query
///   interval is used up to that.
/// - While one query is all that was heard of another querier, and for two response intervals after it was given up, what
///   would end waits, but for what this router was asking about by itself.
/// - A non-querier neither asks nor lowers a timer because of a leave.
public struct NaiveRouter: Sendable {
    /// A query that was sent, in as many messages as the MTU makes necessary (§5.1.10).
    public struct Query: Equatable, Sendable {
        public var time: Instant
        /// `::` in a general query.
        public var group: IPv6Address
        public var suppress: Bool
        public var sources: Set<IPv6Address>
        /// How many sources each message has, the last one excepted.
        public var capacity: Int
        /// Milliseconds.
        public var maximumResponseDelay: Int
        /// What QRV and QQI are made of; the latter in seconds.
        public var robustness: Int
        public var interval: Int
    }

    public let configuration: MLDConfiguration
    public let address: IPv6Address
    public let mtu: Int

    public private(set) var isRunning = false
    public internal(set) var groups: [IPv6Address: NaiveGroup] = [:]
    /// The foreign querier that is followed; nil while this router is querier.
    public private(set) var otherQuerier: IPv6Address?
    /// The end of the Other Querier Present timer; nil while this router is querier.
    public private(set) var otherQuerierUntil: Instant?
    /// The settings with the robustness and the query interval of the querier that is followed.
    public private(set) var operating: MLDConfiguration

    /// What would end from `heldFrom` on waits until `heldUntil`.
    private(set) var heldFrom: Instant?
    private var heldUntil: Instant?
    /// When the querier forgets the robustness that it adopted; nil while it has its own.
    private var adoptedUntil: Instant?
    private var nextGeneralQuery: Instant?
    private var lastGeneralQuery: Instant?
    private var startupQueriesLeft = 0
    var sent: [Query] = []

    /// A router that is not running.
    public init(configuration: MLDConfiguration, address: IPv6Address, mtu: Int) {
        self.configuration = configuration
        self.address = address
        self.mtu = mtu
        operating = configuration
    }

    public var isQuerier: Bool { isRunning && otherQuerier == nil }

    /// When something happens next; nil when nothing is waiting.
    public var nextDeadline: Instant? { instants.min() }

    /// The ends of all timers, in no order.
    public var instants: [Instant] {
        [adoptedUntil, otherQuerierUntil, nextGeneralQuery].compactMap { $0 } + groups.values.flatMap(\.instants)
    }

    /// The queries sent since the last call.
    public mutating func takeSent() -> [Query] {
        defer { sent = [] }
        return sent
    }

    /// Begins as querier with the startup queries (§7.6.2, §9.6, §9.7); what is known is kept.
    public mutating func start(at now: Instant) {
        isRunning = true
        heldUntil = nil
        becomeQuerier()
        startupQueriesLeft = configuration.effectiveStartupQueryCount
        sendGeneralQuery(at: now)
    }

    /// Forgets everything and falls silent.
    public mutating func stop() {
        isRunning = false
        becomeQuerier()
        nextGeneralQuery = nil
        groups = [:]
    }

    /// Takes one message: ICMPv6 octets with a right checksum, and what its IPv6 headers said (§7.4, §7.6). Its destination
    /// does not matter (§5.1.15).
    public mutating func receive(
        _ octets: [UInt8], from source: IPv6Address, hopLimit: UInt8, routerAlert: Bool, at now: Instant
    ) {
        expire(before: now)
        guard isRunning, hopLimit == 1, source.isLinkLocal else { return }
        guard routerAlert || !configuration.requireRouterAlert else { return }
        switch NaiveMessage(octets) {
        case .query(let query):
            let trusted = configuration.querierGuard
            if source != address && trusted?.contains(source) != false {
                hear(query, from: source, at: now)
            }
        case .report(let records):
            for record in records { apply(type: record.type, record.group, Set(record.sources), at: now) }
        case .version1Report(let group): hearVersion1Report(group, at: now)
        case .done(let group):
            if configuration.olderHostCompatibility && !group.isSourceSpecific { apply(type: 3, group, [], at: now) }
        case nil: break
        }
    }

    /// Lets everything happen that is due at `now` or was before, in the order of time.
    public mutating func advance(to now: Instant) {
        while let due = nextDeadline, due <= now { expire(at: due) }
    }

    private mutating func expire(before now: Instant) {
        while let due = nextDeadline, due < now { expire(at: due) }
    }

    private mutating func expire(at now: Instant) {
        if adoptedUntil == now {
            adoptedUntil = nil
            operating = configuration
        }
        if otherQuerierUntil == now {
            becomeQuerier()
            heldUntil = heldUntil.map { min($0, now + configuration.queryResponseInterval * 2) }
            nextGeneralQuery = now
        }
        if nextGeneralQuery == now { sendGeneralQuery(at: now) }
        for group in groups.keys { expire(group, at: now) }
    }

    // MARK: querier (§7.6.2)

    /// Whether a router with address `a` is preferred to one with address `b`: the lower interface identifier.
    static func wins(_ a: IPv6Address, against b: IPv6Address) -> Bool { a.low < b.low }

    private mutating func becomeQuerier() {
        otherQuerier = nil
        otherQuerierUntil = nil
        adoptedUntil = nil
        operating = configuration
    }

    private mutating func sendGeneralQuery(at now: Instant) {
        transmit(group: .unspecified, suppress: false, [], delay: configuration.queryResponseInterval, at: now)
        lastGeneralQuery = now
        startupQueriesLeft = max(0, startupQueriesLeft - 1)
        nextGeneralQuery =
            now
            + (startupQueriesLeft > 0 ? configuration.effectiveStartupQueryInterval : configuration.queryInterval)
    }

    private mutating func hear(_ query: NaiveMessage.Query, from source: IPv6Address, at now: Instant) {
        if Self.wins(source, against: address) {
            // Whoever of several was heard last: a better one that fell silent must not be followed for ever.
            let isFirst = otherQuerier == nil
            heldFrom = isFirst ? now + operating.lastListenerQueryTime : nil
            otherQuerier = source
            adopt(query, at: now)
            let own = configuration.otherQuerierPresentInterval
            let until = now + min(operating.otherQuerierPresentInterval, own)
            otherQuerierUntil = until
            heldUntil = isFirst ? until + configuration.queryResponseInterval * 2 : nil
            nextGeneralQuery = nil
            startupQueriesLeft = 0
        } else {
            adopt(query, at: now)
        }
        if isQuerier && query.isGeneral, let next = nextGeneralQuery, let last = lastGeneralQuery {
            nextGeneralQuery = min(next, max(now, last + configuration.queryResponseInterval))
        }
        if !query.isGeneral && !query.suppress { lowerTimers(as: query, at: now) }
    }

    /// The robustness of the latest query, whoever sent it (§5.1.8), and its interval unless this router is querier
    /// (§5.1.9), within what is sane whatever others say.
    private mutating func adopt(_ query: NaiveMessage.Query, at now: Instant) {
        guard !query.isVersion1 else { return }
        let robustness = configuration.robustnessVariable
        operating.robustnessVariable =
            query.robustness == 0 ? robustness : min(max(query.robustness, min(2, robustness)), 7)
        adoptedUntil = nil
        guard otherQuerier != nil else {
            if operating.robustnessVariable != robustness {
                adoptedUntil = now + configuration.otherQuerierPresentInterval
            }
            return
        }
        let interval = configuration.queryInterval
        operating.queryInterval =
            query.interval == 0
            ? interval
            : min(
                max(.seconds(query.interval), min(.seconds(10), interval)), max(.seconds(3600), interval),
                max(configuration.otherQuerierPresentInterval, interval))
    }

    /// When something ends that would end at `end`.
    func held(_ end: Instant) -> Instant {
        guard let heldFrom, let heldUntil, heldFrom <= end, end < heldUntil else { return end }
        return heldUntil
    }
}
