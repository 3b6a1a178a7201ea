import IPv6
import Timing

/// The rates of ``MLDConfiguration`` at work.
struct RouterRates: Sendable {
    private let reports: EventRate?
    private let reportsPerHost: EventRate?
    private let queries: EventRate
    private let specificQueries: EventRate?
    private var reportClock = Instant(nanoseconds: 0)
    private var queryClock = Instant(nanoseconds: 0)
    private var specificQueryClock = Instant(nanoseconds: 0)
    private let confirmingQueries: EventRate
    private var confirmingQueryClock = Instant(nanoseconds: 0)
    /// Hosts by the hash of their address; those with the same one share. Forged hosts do not make it grow, and cannot
    /// know whom they share with.
    private var hostClocks: [Instant] = []
    private static let hostClockCount = 4096

    init(_ configuration: MLDConfiguration) {
        reports = configuration.reportsPerSecond.map(EventRate.init)
        reportsPerHost = configuration.reportsPerSecondPerHost.map(EventRate.init)
        queries = EventRate(perSecond: configuration.queriesPerSecond)
        specificQueries = configuration.specificQueriesPerSecond.map(EventRate.init)
        confirmingQueries = EventRate(perSecond: configuration.confirmingQueriesPerSecond)
        if reportsPerHost != nil {
            hostClocks = [Instant](repeating: Instant(nanoseconds: 0), count: Self.hostClockCount)
        }
    }

    /// The limit that forbids one more report or done message; nil, and it is counted, if none does.
    ///
    /// Half of the burst is left for hosts that are listening already: strangers can keep other strangers out, but not
    /// end what is. What is awaited does not count as one of the host's.
    mutating func refusal(of host: IPv6Address, isListening: Bool, isAwaited: Bool, at now: Instant) -> MLDLimit? {
        if let reportsPerHost, !isAwaited {
            let index = Int(UInt(bitPattern: host.hashValue) % UInt(Self.hostClockCount))
            guard reportsPerHost.next(hostClocks[index]) <= now else { return .reportsPerHost }
            reportsPerHost.count(&hostClocks[index], at: now)
        }
        if let reports {
            guard reports.next(reportClock, reserve: isListening ? 0 : 0.5) <= now else { return .reports }
            reports.count(&reportClock, at: now)
        }
        return nil
    }

    /// Whether one more query of another router is looked at; half of the burst is left for the querier that is followed.
    mutating func admitsQuery(ofQuerier isQuerier: Bool, at now: Instant) -> Bool {
        guard queries.next(queryClock, reserve: isQuerier ? 0 : 0.5) <= now else { return false }
        queries.count(&queryClock, at: now)
        return true
    }

    /// Whether so many queries about leaves that were believed may be sent. They also count as specific queries, of which
    /// they leave half of the burst to those that must be sent.
    mutating func admits(confirmingQueries count: Int, at now: Instant) -> Bool {
        guard confirmingQueries.next(confirmingQueryClock) <= now else { return false }
        if let specificQueries {
            guard specificQueries.next(specificQueryClock, reserve: 0.5) <= now else { return false }
            specificQueries.count(&specificQueryClock, count, at: now)
        }
        confirmingQueries.count(&confirmingQueryClock, count, at: now)
        return true
    }

    /// Reserves so many specific queries, one series of them, and says when it may begin.
    mutating func reserve(specificQueries count: Int, at now: Instant) -> Instant {
        guard let specificQueries else { return now }
        let start = max(specificQueries.next(specificQueryClock), now)
        specificQueries.count(&specificQueryClock, count, at: now)
        return start
    }
}
