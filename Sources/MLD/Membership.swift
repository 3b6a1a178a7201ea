import IPv6
import Timing

/// What one tracked host wants of one group.
struct Membership: Sendable {
    /// Number of the host in the ``HostTable``.
    let host: Int32
    var mode: FilterMode
    /// When it ends if the host is not heard again.
    var expires: Instant
    /// Sorted, without duplicates.
    private(set) var sources: [IPv6Address]
    /// In INCLUDE mode which of the first 64 sources it has named since `namedSince`, a bit for each; others are 1.
    private var named = UInt64.max
    private var namedSince: Instant
    /// What it has not named since then it may have lost interest in.
    private var isDoubtful = false

    init(host: Int32, mode: FilterMode, expires: Instant, sources: [IPv6Address], now: Instant) {
        self.host = host
        self.mode = mode
        self.expires = expires
        self.sources = sources
        namedSince = now
    }

    // MARK: sources not named any more

    // A host that starts anew, or whose BLOCK was lost, does not say what it no longer wants. What it has not named for
    // the listening interval it is not taken to want, as if it had fallen silent.

    /// Keeps what is known of the sources that stay; new ones count as named.
    mutating func setSources(_ list: [IPv6Address]) {
        let before = unnamed
        sources = list
        named = .max
        for address in before {
            guard let index = sources.sortedPosition(of: address), index < 64 else { continue }
            named &= ~(1 << UInt64(index))
        }
    }

    mutating func name(_ list: MLDReportView.Sources, in octets: RawSpan) {
        guard named != .max else { return }
        for position in 0..<list.count {
            guard let index = sources.sortedPosition(of: list.address(at: position, in: octets)) else { continue }
            if index < 64 { named |= 1 << UInt64(index) }
        }
    }

    /// Whether it has had the time to name all that it wants. With one source, reports without it would be no reports.
    func isDue(at now: Instant, listening: UInt64) -> Bool {
        sources.count > 1 && mode == .include && now >= namedSince + listening
    }

    /// Sources that it has not named, of the first 64.
    var unnamed: [IPv6Address] {
        named == .max ? [] : sources.indices.prefix(64).filter { named >> UInt64($0) & 1 == 0 }.map { sources[$0] }
    }

    /// From now on all that it wants has to be named again.
    mutating func beginNaming(at now: Instant) {
        named = sources.count < 64 ? UInt64.max << UInt64(sources.count) : 0
        namedSince = now
        isDoubtful = false
    }

    // A host that changes its mind while it repeats a change of mode sends TO_IN with its new list (RFC 9777 §6.1). That
    // may as well be a part of a longer one, so what it does not name stays; but whether it is wanted is not sure, until
    // BLOCK says that it is not, or the host names it.

    /// Notes which sources a TO_IN does not name. False if it names all.
    mutating func doubtUnnamed(by list: MLDReportView.Sources, in octets: RawSpan, at now: Instant) -> Bool {
        var other = self
        other.beginNaming(at: now)
        other.name(list, in: octets)
        guard !other.unnamed.isEmpty else { return false }
        other.isDoubtful = true
        self = other
        return true
    }

    /// Whether it may have lost interest in a source that it is known to have named.
    func doubts(_ source: IPv6Address) -> Bool {
        guard isDoubtful, let index = sources.sortedPosition(of: source), index < 64 else { return false }
        return named >> UInt64(index) & 1 == 0
    }

    var hasDoubts: Bool { isDoubtful && named != .max }

    // MARK: records

    /// Whether the record tells anything that is not known already; does not allocate.
    func isChanged(by kind: MLDRecordKind, _ list: MLDReportView.Sources, in octets: RawSpan) -> Bool {
        switch (mode, kind) {
        case (.exclude, .isExclude), (.exclude, .toExclude):
            return list.count != sources.count || !names(all: list, in: octets)
        case (.exclude, .allow), (.exclude, .isInclude), (.include, .block): return names(any: list, in: octets)
        case (.exclude, .block), (.include, .allow), (.include, .isInclude): return !names(all: list, in: octets)
        case (.include, .toInclude): return list.count == 0 || !names(all: list, in: octets)
        case (.exclude, .toInclude), (.include, .isExclude), (.include, .toExclude): return true
        }
    }

    private func names(all list: MLDReportView.Sources, in octets: RawSpan) -> Bool {
        for index in 0..<list.count where !sources.sortedContains(list.address(at: index, in: octets)) { return false }
        return true
    }

    private func names(any list: MLDReportView.Sources, in octets: RawSpan) -> Bool {
        for index in 0..<list.count where sources.sortedContains(list.address(at: index, in: octets)) { return true }
        return false
    }

    /// Mode and sources of a host after a record from it; nil when it wants nothing any more. `previous` is nil for a host
    /// not tracked so far.
    ///
    /// Lists longer than a packet come split over several reports, so IS_IN and TO_IN add to an INCLUDE list and only
    /// BLOCK shortens it (RFC 9777 §5.2.15). IS_IN does not end EXCLUDE mode: hosts in that mode answer source-specific
    /// queries with it (§6.3). ALLOW of an unknown host is taken as INCLUDE.
    static func next(
        after previous: Membership?, _ kind: MLDRecordKind, _ list: MLDReportView.Sources, in octets: RawSpan
    ) -> (mode: FilterMode, sources: [IPv6Address])? {
        let named = sorted(list, in: octets)
        let mode = previous?.mode ?? .include
        let known = previous?.sources ?? []
        switch (mode, kind) {
        case (_, .isExclude), (_, .toExclude): return (.exclude, named)
        case (.exclude, .toInclude): return named.isEmpty ? nil : (.include, named)
        case (.include, .toInclude) where named.isEmpty: return nil
        case (.include, .isInclude), (.include, .toInclude), (.include, .allow):
            let all = union(known, named)
            return all.isEmpty ? nil : (.include, all)
        case (.include, .block):
            let rest = known.filter { !named.sortedContains($0) }
            return rest.isEmpty ? nil : (.include, rest)
        case (.exclude, .allow), (.exclude, .isInclude): return (.exclude, known.filter { !named.sortedContains($0) })
        case (.exclude, .block): return (.exclude, union(known, named))
        }
    }

    private static func sorted(_ list: MLDReportView.Sources, in octets: RawSpan) -> [IPv6Address] {
        var named: [IPv6Address] = []
        named.reserveCapacity(list.count)
        for index in 0..<list.count {
            let source = list.address(at: index, in: octets)
            if source.canBeSource { named.append(source) }
        }
        named.sort()
        named.removeAdjacentDuplicates()
        return named
    }

    private static func union(_ a: [IPv6Address], _ b: [IPv6Address]) -> [IPv6Address] {
        if a.isEmpty { return b }
        var all = a + b
        all.sort()
        all.removeAdjacentDuplicates()
        return all
    }
}

extension IPv6Address {
    /// Neither unspecified nor multicast: others in a source list are ignored.
    var canBeSource: Bool { !isUnspecified && !isMulticast }
}

extension [IPv6Address] {
    func sortedContains(_ address: IPv6Address) -> Bool { sortedPosition(of: address) != nil }

    func sortedPosition(of address: IPv6Address) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < address { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == address ? low : nil
    }

    fileprivate mutating func removeAdjacentDuplicates() {
        var kept = 0
        for index in indices where index == 0 || self[index] != self[kept - 1] {
            self[kept] = self[index]
            kept += 1
        }
        removeLast(count - kept)
    }
}
