import IPv6
import Timing

// The specific queries of one record (RFC 9777 §7.6.3): which are pending, and what the next transmission holds.
extension GroupRecord {
    /// Whether beginning them would send anything: not what is already being asked for and has not been answered.
    func needsQueries(group asksGroup: Bool, lowered: Instant) -> Bool {
        if asksGroup && mode == .exclude && (queriesLeft == 0 || filterTimer > lowered) { return true }
        return sources.contains { $0.isQueried && $0.place == .forward && $0.timer > lowered }
    }

    /// Keeps for later what is to be asked: the sources are those marked `isQueried`.
    mutating func deferQueries(group asksGroup: Bool, until start: Instant) {
        if asksGroup { isDeferred = true }
        for index in sources.indices where sources[index].isQueried { sources[index].isDeferred = true }
        deferredUntil = min(deferredUntil, start)
    }

    /// Marks the sources that were kept for later, and tells whether the group was; nil if nothing is due.
    mutating func takeDeferred(at now: Instant) -> Bool? {
        guard deferredUntil <= now else { return nil }
        deferredUntil = .distantFuture
        for index in sources.indices where sources[index].isDeferred {
            sources[index].isDeferred = false
            sources[index].isQueried = true
        }
        defer { isDeferred = false }
        return isDeferred
    }

    /// Begins Q(MA), if `asksGroup`, and Q(MA,set) of the sources marked `isQueried`: lowers their timers and makes
    /// `count` transmissions pending. False if nothing has to be sent: what is already being asked for and has not been
    /// answered joins the running series.
    mutating func beginQueries(group asksGroup: Bool, lowered: Instant, count: UInt8) -> Bool {
        var isNew = false
        if asksGroup && mode == .exclude && (queriesLeft == 0 || filterTimer > lowered) {
            filterTimer = min(filterTimer, lowered)
            queriesLeft = count
            isNew = true
        }
        for index in sources.indices where sources[index].isQueried {
            guard sources[index].place == .forward, sources[index].timer > lowered else { continue }
            sources[index].timer = lowered
            sources[index].isLowered = true
            sources[index].queriesLeft = count
            isNew = true
        }
        return isNew
    }

    struct Transmission {
        var asksGroup = false
        /// Q(MA) with the S flag, because the filter timer has been refreshed.
        var suppressGroup = false
        /// Sources whose timers have been refreshed: asked for with the S flag.
        var refreshed: [IPv6Address] = []
        /// The others.
        var open: [IPv6Address] = []
        /// Something remains for the next time.
        var continues = false
    }

    /// Takes the next transmission of all that is pending; `lowered` is now + LLQT.
    mutating func takeTransmission(lowered: Instant) -> Transmission {
        var transmission = Transmission()
        if queriesLeft > 0 {
            queriesLeft -= 1
            transmission.asksGroup = true
            transmission.suppressGroup = mode == .exclude && filterTimer > lowered
            transmission.continues = queriesLeft > 0
        }
        for index in sources.indices where sources[index].queriesLeft > 0 {
            sources[index].queriesLeft -= 1
            if sources[index].queriesLeft > 0 { transmission.continues = true }
            if sources[index].timer > lowered {
                transmission.refreshed.append(sources[index].address)
            } else {
                transmission.open.append(sources[index].address)
            }
        }
        return transmission
    }

    /// Marks what a query of another router asks for.
    mutating func mark(_ asked: [IPv6Address]) {
        for source in asked {
            let (index, isThere) = find(source)
            if isThere { sources[index].isQueried = true }
        }
    }

    mutating func noteSourcesAsked(until answered: Instant) { sourcesAskedUntil = max(sourcesAskedUntil, answered) }

    /// Lowers timers as a query of another router asks: of these sources, or of the filter if there are none (§7.6.1).
    mutating func lowerTimers(of asked: [IPv6Address], to lowered: Instant) {
        if asked.isEmpty && mode == .exclude { filterTimer = min(filterTimer, lowered) }
        for source in asked {
            let (index, isThere) = find(source)
            guard isThere, sources[index].place == .forward, sources[index].timer > lowered else { continue }
            sources[index].timer = lowered
            sources[index].isLowered = true
        }
    }
}
