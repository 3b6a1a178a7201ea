import IPv6
import Timing

/// What a listener wants of one group, and what it still has to say about it.
struct ListenerGroup: Sendable {
    /// A source of the Retransmission List (RFC 9777 §6.1).
    private struct ChangedSource: Sendable {
        let address: IPv6Address
        /// Transmissions still to come: the Source Retransmission Counter.
        var left: Int
    }

    /// `::` in a place that is free.
    let address: IPv6Address
    private(set) var mode = FilterMode.include
    private(set) var sources = ListenerSources.none

    /// The Filter Mode Retransmission Counter (§6.1). In version 1 mode: unsolicited reports still to come.
    var modeChangesLeft = 0
    /// The Retransmission List, ascending.
    private var changedSources: [ChangedSource] = []
    /// The end of the Retransmission Timer.
    var retransmission = Instant.distantFuture

    /// The end of the Multicast Address Timer (§6.2). In version 1 mode: the one timer that a group has there.
    var answer = Instant.distantFuture
    /// What the pending answer is about; none: the whole group.
    var queriedSources = ListenerSources.none
    /// Version 1 only: nobody else has reported the group since this listener did (RFC 2710 §5).
    var isLastReporter = false

    init(_ address: IPv6Address) { self.address = address }

    /// INCLUDE({}) is the same as no state at all (§6.1).
    var isWanted: Bool { mode == .exclude || !sources.isEmpty }

    /// Of ff02::1 and of scopes 0 and 1 nothing is ever said (§6).
    var isReported: Bool {
        address != .allNodes && (address.multicastScope.map { $0 > .interfaceLocal } ?? false)
    }

    /// Wanted and to be told about.
    var isHeard: Bool { isWanted && isReported }

    /// Octets of its current-state record.
    var recordLength: Int { 20 + 16 * sources.count }

    func wants(_ source: IPv6Address) -> Bool { sources.contains(source) == (mode == .include) }
}

// MARK: changes

extension ListenerGroup {
    var hasChanges: Bool { modeChangesLeft > 0 || !changedSources.isEmpty }

    mutating func want(_ mode: FilterMode, _ sources: ListenerSources) {
        self.mode = mode
        self.sources = sources
    }

    /// Takes a new wish and merges what it changes with what is still to be told, each change `times` from now on (§6.1).
    mutating func change(to mode: FilterMode, _ sources: ListenerSources, times: Int) {
        if mode != self.mode {
            // Its records carry all there is, as often as any source would be named.
            modeChangesLeft = times
            changedSources = []
        } else {
            enlist(self.sources.symmetricDifference(sources), times: times)
        }
        want(mode, sources)
    }

    /// Everything is to be told again, as if the group had just become wanted.
    mutating func renew(times: Int) {
        if mode == .exclude { modeChangesLeft = times } else { enlist(sources, times: times) }
    }

    private mutating func enlist(_ sources: ListenerSources, times: Int) {
        changedSources.removeAll { sources.contains($0.address) }
        changedSources += sources.addresses.map { ChangedSource(address: $0, left: times) }
        changedSources.sort { $0.address < $1.address }
    }

    /// The records of the next state-change report, which counts as sent (§6.1 table 2, §6.3 table 4).
    mutating func takeChanges() -> [MLDReport.Record] {
        defer {
            modeChangesLeft = max(0, modeChangesLeft - 1)
            for index in changedSources.indices { changedSources[index].left -= 1 }
            changedSources.removeAll { $0.left <= 0 }
        }
        if modeChangesLeft > 0 {
            return [.init(mode == .include ? .toInclude : .toExclude, address, sources.addresses)]
        }
        let changed = changedSources.map(\.address)
        let allowed = changed.filter(wants)
        let blocked = changed.filter { !wants($0) }
        var records: [MLDReport.Record] = []
        if !allowed.isEmpty { records.append(.init(.allow, address, allowed)) }
        if !blocked.isEmpty { records.append(.init(.block, address, blocked)) }
        return records
    }
}

// MARK: answers

extension ListenerGroup {
    /// The record for a query about the whole group; only while it is wanted, so never IS_IN({}).
    var currentState: MLDReport.Record {
        .init(mode == .include ? .isInclude : .isExclude, address, sources.addresses)
    }

    /// Those of the queried sources that are wanted (§6.3 table 3).
    func wanted(of queried: ListenerSources) -> ListenerSources {
        mode == .include ? sources.intersection(queried) : queried.subtracting(sources)
    }

    /// The pending answer; nil if there is nothing to say.
    var pendingAnswer: MLDReport.Record? {
        guard isHeard else { return nil }
        if queriedSources.isEmpty { return currentState }
        let wanted = wanted(of: queriedSources)
        return wanted.isEmpty ? nil : .init(.isInclude, address, wanted.addresses)
    }

    mutating func cancelAnswer() {
        answer = .distantFuture
        queriedSources = .none
    }

    /// Forgets all that was still to be said (§8.2.1).
    mutating func cancelAll() {
        cancelAnswer()
        retransmission = .distantFuture
        modeChangesLeft = 0
        changedSources = []
    }
}
