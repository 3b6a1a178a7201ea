import IPv6
import Timing

/// The state of one group on one link (RFC 9777 §7.2), and the hosts that want it.
struct GroupRecord: Sendable {
    let group: IPv6Address
    let created: Instant
    var mode = FilterMode.include
    /// The end of the filter timer in EXCLUDE mode.
    var filterTimer = Instant(nanoseconds: 0)
    /// Sorted by address; holds A, or X and Y, and what tracked hosts name besides.
    var sources: [SourceState] = []
    var hosts = HostSet()
    var lastReporter = IPv6Address.unspecified
    /// Version 1 mode lasts until then (§8.3.2); 0: version 2.
    var version1Until = Instant(nanoseconds: 0)
    /// Until then there may be listeners that are not tracked, for want of room.
    var untrackedUntil = Instant(nanoseconds: 0)
    /// Until then hosts may answer a source-specific query, which does not tell their filter mode (§6.3).
    var sourcesAskedUntil = Instant(nanoseconds: 0)
    /// When to look for memberships that have ended.
    var hostSweep = Instant.distantFuture
    /// When the next repetition of a specific query is due.
    var nextQuery = Instant.distantFuture
    /// Transmissions of the group-specific query that are still to be sent.
    var queriesLeft: UInt8 = 0
    /// Series of specific queries begun since `seriesSince`.
    var seriesBegun: UInt8 = 0
    /// The group-specific query has to wait.
    var isDeferred = false
    /// Some host in INCLUDE mode may have lost interest in sources that it named.
    var hasDoubts = false
    var seriesSince = Instant(nanoseconds: 0)
    /// When the queries that had to wait are to begin.
    var deferredUntil = Instant.distantFuture

    init(group: IPv6Address, created: Instant) {
        self.group = group
        self.created = created
    }

    /// Whether a timer runs out by then.
    func isEnding(by end: Instant) -> Bool {
        mode == .exclude && filterTimer <= end || sources.contains { $0.place == .forward && $0.timer <= end }
    }

    /// Where a source is in `sources`, or where it belongs.
    @inline(__always) func find(_ address: IPv6Address) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = sources.count
        while low < high {
            let middle = (low + high) / 2
            if sources[middle].address < address { low = middle + 1 } else { high = middle }
        }
        return (low, low < sources.count && sources[low].address == address)
    }

    /// What multicast routing should do with packets of this source (§7.3).
    func forwards(_ source: IPv6Address) -> Bool {
        let (index, isThere) = find(source)
        guard isThere else { return mode == .exclude }
        switch sources[index].place {
        case .forward: return true
        case .block: return false
        case .tracked: return mode == .exclude
        }
    }

    /// INCLUDE of nothing: a record in this state is deleted.
    var isIdle: Bool { Self.isIdle(mode, sources) }

    /// The same of the fields alone: a getter would have the whole record copied, for every record of every report.
    @inline(__always) static func isIdle(_ mode: FilterMode, _ sources: [SourceState]) -> Bool {
        mode == .include && !sources.contains { $0.place == .forward }
    }

    /// When something happens next without any message.
    var deadline: Instant {
        var earliest = min(hostSweep, nextQuery, deferredUntil)
        if mode == .exclude { earliest = min(earliest, filterTimer) }
        if version1Until.nanoseconds != 0 { earliest = min(earliest, version1Until) }
        for source in sources where source.place == .forward { earliest = min(earliest, source.timer) }
        return earliest
    }

    // MARK: tracked hosts

    /// Counts a host in INCLUDE mode in or out of the sources that it names.
    mutating func count(listenersOf list: [IPv6Address], by step: Int32) {
        for address in list {
            let (index, isThere) = find(address)
            guard isThere else { continue }
            sources[index].listeners += step
            guard sources[index].listeners <= 0 else { continue }
            if sources[index].place == .tracked {
                sources.remove(at: index)
            } else {
                sources[index].isReleased = true
            }
        }
    }

    /// Whether some host is sure to want a source that hosts in INCLUDE mode are known to have named.
    mutating func isSurelyWanted(_ source: IPv6Address) -> Bool {
        guard hasDoubts else { return true }
        hasDoubts = false
        for position in 0..<hosts.count {
            guard let host = hosts[position], host.mode == .include else { continue }
            if host.hasDoubts { hasDoubts = true }
            if host.sources.sortedContains(source) && !host.doubts(source) {
                hasDoubts = true  // others have not been looked at
                return true
            }
        }
        return !hasDoubts
    }

    /// Takes a source out of the record as the RFC has it; it stays known while a tracked host names it.
    /// False if the entry can go.
    static func keepsTracked(_ source: inout SourceState) -> Bool {
        source.place = .tracked
        source.queriesLeft = 0
        source.isDeferred = false
        return source.listeners > 0
    }
}
