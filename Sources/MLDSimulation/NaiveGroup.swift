import IPv6
import Timing

/// The record of one multicast address in ``NaiveRouter`` (RFC 9777 §7.2).
public struct NaiveGroup: Sendable {
    public enum Mode: Sendable { case include, exclude }

    public internal(set) var mode = Mode.include
    /// The end of the filter timer; nil in INCLUDE mode.
    public internal(set) var filterTimer: Instant?
    /// A of INCLUDE(A), X of EXCLUDE(X,Y), with the ends of the source timers.
    public internal(set) var listed: [IPv6Address: Instant] = [:]
    /// Y of EXCLUDE(X,Y).
    public internal(set) var blocked: Set<IPv6Address> = []
    /// The end of the Older Version Host Present timer; nil in version 2 mode (§8.3.2).
    public internal(set) var version1Until: Instant?

    /// How often Q(MA) is still to be sent (§7.6.3.1).
    var groupQueriesLeft = 0
    /// The retransmission list: how often each source is still to be asked for (§7.6.3.2).
    var sourceQueriesLeft: [IPv6Address: Int] = [:]
    /// When whatever is left of both is sent next.
    var nextQuery: Instant?

    /// Whether packets of this source are suggested to be forwarded (§7.3).
    public func forwards(_ source: IPv6Address) -> Bool {
        listed[source] != nil || mode == .exclude && !blocked.contains(source)
    }

    /// What is suggested to be forwarded: these sources, or all but these.
    struct Suggestion: Equatable, Sendable {
        var isExcept: Bool
        var sources: Set<IPv6Address>
    }

    var suggestion: Suggestion {
        mode == .include
            ? Suggestion(isExcept: false, sources: Set(listed.keys)) : Suggestion(isExcept: true, sources: blocked)
    }

    var isEmpty: Bool { mode == .include && listed.isEmpty }

    /// All instants at which something happens to this record.
    var instants: [Instant] {
        let own: [Instant] = [filterTimer, version1Until, nextQuery].compactMap { $0 }
        return own + listed.values
    }

    /// Gives up queries for what has no timer any more: nobody waits for their answer.
    mutating func dropIdleQueries() {
        for source in sourceQueriesLeft.keys where listed[source] == nil { sourceQueriesLeft[source] = nil }
        if mode == .include { groupQueriesLeft = 0 }
        if groupQueriesLeft == 0 && sourceQueriesLeft.isEmpty { nextQuery = nil }
    }
}
