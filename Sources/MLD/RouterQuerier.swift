import IPv6
import Timing

/// Who is querier on the link, as an observer sees it.
public struct MLDQuerier: Sendable, Equatable {
    public var address: IPv6Address
    public var isSelf: Bool
    /// When a foreign querier is given up if it is not heard again; nil for ourselves.
    public var expires: Instant?

    public init(address: IPv6Address, isSelf: Bool, expires: Instant?) {
        self.address = address
        self.isSelf = isSelf
        self.expires = expires
    }
}

/// The querier's timers (RFC 9777 §7.6.2).
struct QuerierState: Sendable {
    var isRunning = false
    var isSelf = true
    /// Passive, and decides as the querier does.
    var isStandIn = false
    /// The foreign querier; `::` while a passive router knows of none.
    var address = IPv6Address.unspecified
    /// The end of the Other Querier Present timer.
    var otherQuerierUntil = Instant.distantFuture
    var hold = Hold()
    /// The querier whose interval is too long for us, once that has been warned about.
    var slow = IPv6Address.unspecified
    /// When a robustness adopted from a router that is not querier is forgotten.
    var adoptedUntil = Instant.distantFuture
    var nextGeneralQuery = Instant.distantFuture
    var lastGeneralQuery = Instant(nanoseconds: 0)
    var startupQueriesLeft = 0
    /// Every listener that is there has had a general query, and the time to answer it, by then.
    var allHeardFrom = Instant.distantFuture

    /// Whether we are to send queries, or to decide as if we did.
    var isActive: Bool { isRunning && (isSelf || isStandIn) }

    /// While one packet is all that speaks for another querier, and until listeners have answered the query of whoever
    /// comes after it, memberships do not run out: the listeners may never have been asked.
    struct Hold: Sendable {
        /// What this router asked about before ends when it would have.
        var from = Instant(nanoseconds: 0)
        var until = Instant(nanoseconds: 0)

        func contains(_ end: Instant) -> Bool { end >= from && end < until }
    }
}

extension MLDRouter {
    /// The settings at work: with the robustness, and where another router is querier the query interval, that it tells.
    public var operatingConfiguration: MLDConfiguration { operating }

    public var querier: MLDQuerier {
        querierState.isSelf
            ? MLDQuerier(address: address, isSelf: true, expires: nil)
            : MLDQuerier(
                address: querierState.address, isSelf: false,
                expires: querierState.address.isUnspecified ? nil : querierState.otherQuerierUntil)
    }

    /// Whether a router with address `a` is querier rather than one with `b`: the lower interface identifier is (§7.6.2).
    static func wins(_ a: IPv6Address, against b: IPv6Address) -> Bool {
        a.low != b.low ? a.low < b.low : a.high < b.high
    }

    /// At the start, and when the querier has fallen silent: querier until a better one is heard (§7.6.2). A passive
    /// router only notes that none is known.
    mutating func standForQuerier(at now: Instant, into actions: inout [Action]) {
        querierState.isSelf = !configuration.isPassive
        querierState.isStandIn = configuration.isPassive && configuration.standsInForQuerier
        querierState.address = .unspecified
        querierState.otherQuerierUntil = .distantFuture
        querierState.adoptedUntil = .distantFuture
        operating = configuration
        intervals = RouterIntervals(operating)
        querierState.hold.until = min(querierState.hold.until, now + 2 * intervals.queryResponse)
        let querier = configuration.isPassive ? .unspecified : address
        actions.append(.event(.querierChanged(address: querier, isSelf: querierState.isSelf)))
    }

    /// What a query of another router means to us: election, adopted values, lowered timers (§7.6.1, §7.6.2).
    mutating func receive(_ query: MLDQuery, from router: IPv6Address, at now: Instant, into actions: inout [Action]) {
        guard router != address else { return }  // our own, looped back
        guard configuration.querierGuard?.contains(router) ?? true else {
            statistics.errors.denied += 1
            warn(.deniedQuerier, of: router, at: now, into: &actions)
            return
        }
        guard rates.admitsQuery(ofQuerier: !querierState.isSelf && router == querierState.address, at: now) else {
            statistics.errors.limit += 1
            noteLimit(.queries, host: router, at: now, into: &actions)
            return
        }
        statistics.received.query += 1
        if query.version == .mldv2 && configuration.version == .mldv1 {
            warn(.newerVersionQuery, of: router, at: now, into: &actions)
        } else if query.version == .mldv1 && configuration.version == .mldv2 && query.isGeneral {
            warn(.olderVersionQuery, of: router, at: now, into: &actions)
        }
        if isQuerier(router) {
            follow(router, query, at: now, into: &actions)
        } else {
            adopt(query, of: router, at: now, into: &actions)
            if querierState.isActive && query.isGeneral && !configuration.isPassive { contradict(at: now) }
        }
        if query.isGeneral {
            // Not sooner than ours would be: a forged one may ask for answers at once, or go to this router alone.
            let answered = now + max(UInt64(query.maximumResponseDelay) * 1_000_000, intervals.queryResponse)
            querierState.allHeardFrom = min(querierState.allHeardFrom, answered)
        } else if !(querierState.isStandIn && router == querierState.address) {
            receive(specific: query, at: now, into: &actions)
        }
    }

    /// Whether the router that a query came from is querier of the link, or becomes it.
    private func isQuerier(_ router: IPv6Address) -> Bool {
        guard querierState.isStandIn else { return configuration.isPassive || Self.wins(router, against: address) }
        let known = querierState.address
        return known.isUnspecified || router == known || Self.wins(router, against: known)
    }

    /// A router that has just started takes itself for querier until it hears better, and both would forward for up to a
    /// query interval. So it hears at once. The RFC leaves this open; closer together than the response interval, queries
    /// are not sent, whoever provokes them.
    private mutating func contradict(at now: Instant) {
        let soonest = max(now, querierState.lastGeneralQuery + intervals.queryResponse)
        querierState.nextGeneralQuery = min(querierState.nextGeneralQuery, soonest)
    }

    /// Another router is querier, for as long as its values say, but no longer than ours do: what one packet claims must not
    /// keep this router silent beyond the time for which its administrator would wait. An observer waits as told.
    private mutating func follow(
        _ router: IPv6Address, _ query: MLDQuery, at now: Instant, into actions: inout [Action]
    ) {
        if querierState.isSelf || querierState.address != router {
            actions.append(.event(.querierChanged(address: router, isSelf: false)))
        }
        let askedUntil = querierState.isSelf ? now + intervals.lastListenerQueryTime : nil
        querierState.isSelf = false
        querierState.address = router
        adopt(query, of: router, at: now, into: &actions)
        let own = RouterIntervals(configuration)
        let bound = configuration.isPassive ? .max : own.otherQuerierPresent
        querierState.otherQuerierUntil = now + min(intervals.otherQuerierPresent, bound)
        querierState.hold = QuerierState.Hold()
        if let askedUntil {
            querierState.hold.from = askedUntil
            querierState.hold.until = querierState.otherQuerierUntil + 2 * own.queryResponse
        }
        querierState.nextGeneralQuery = .distantFuture
        querierState.startupQueriesLeft = 0
    }

    /// Every router adopts the robustness of the latest query, and those that are not querier its query interval (§5.1.8,
    /// §5.1.9), where they are reasonable: with a robustness of 1, or a query interval that nobody keeps to, every listener
    /// would be lost between two queries. A router that waits for the querier no longer than its own settings say needs no
    /// interval beyond that.
    private mutating func adopt(
        _ query: MLDQuery, of router: IPv6Address, at now: Instant, into actions: inout [Action]
    ) {
        guard query.version == .mldv2 else { return }
        var isReasonable = true
        func within<T: Comparable>(_ bounds: ClosedRange<T>, _ value: T) -> T {
            if !bounds.contains(value) { isReasonable = false }
            return min(max(value, bounds.lowerBound), bounds.upperBound)
        }
        let own = configuration
        let robustness = query.robustnessVariable > 0 ? Int(query.robustnessVariable) : own.robustnessVariable
        operating.robustnessVariable = within(
            min(2, own.robustnessVariable)...max(7, own.robustnessVariable), robustness)
        if !querierState.isSelf && (!querierState.isStandIn || router == querierState.address) {
            var interval = query.queryInterval > 0 ? .seconds(Int64(query.queryInterval)) : own.queryInterval
            if !own.isPassive { interval = fitting(interval, of: router, at: now, into: &actions) }
            let bounds = min(.seconds(10), own.queryInterval)...max(.seconds(3600), own.queryInterval)
            operating.queryInterval = within(bounds, interval)
        }
        intervals = RouterIntervals(operating)
        // The querier hears no query that would correct it: what a router told that has gone must not stay for ever.
        let isAdopted = querierState.isSelf && operating.robustnessVariable != own.robustnessVariable
        querierState.adoptedUntil = isAdopted ? now + own.otherQuerierPresentInterval : .distantFuture
        if !isReasonable { warn(.unreasonableQuerier, of: router, at: now, into: &actions) }
    }

    /// A querier with a longer interval than this router waits for it takes turns with this router. That is warned of once,
    /// until it tells another one.
    private mutating func fitting(
        _ interval: Duration, of router: IPv6Address, at now: Instant, into actions: inout [Action]
    ) -> Duration {
        let longest = max(configuration.otherQuerierPresentInterval, configuration.queryInterval)
        if interval <= longest {
            if querierState.slow == router { querierState.slow = .unspecified }
            return interval
        }
        if querierState.slow != router { warn(.slowQuerier, of: router, at: now, into: &actions) }
        querierState.slow = router
        return longest
    }

    /// General queries and the end of another querier's time.
    mutating func advanceQuerier(to now: Instant, into actions: inout [Action]) {
        guard querierState.isRunning else { return }
        if querierState.adoptedUntil <= now {
            querierState.adoptedUntil = .distantFuture
            operating = configuration
            intervals = RouterIntervals(operating)
        }
        if querierState.otherQuerierUntil <= now {
            standForQuerier(at: now, into: &actions)
            if querierState.isActive { sendGeneralQuery(at: now, into: &actions) }
        } else if querierState.nextGeneralQuery <= now {
            sendGeneralQuery(at: now, into: &actions)
        }
    }
}
