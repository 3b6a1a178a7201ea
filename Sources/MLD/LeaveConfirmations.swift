import IPv6
import Timing

/// The queries that follow leaves believed at once: what is to be repeated, and what has been asked lately.
///
/// They are kept apart from the records, which may have gone with the leave, and have a size of their own, whatever hosts
/// send.
struct LeaveConfirmations: Sendable {
    /// The queries of one group.
    struct Series: Sendable {
        let group: IPv6Address
        /// The group-specific query.
        var asksGroup: Bool
        /// Sorted; for these a query of their own.
        var sources: [IPv6Address]
        /// When it last began anew.
        var begun: Instant
        /// Transmissions that are still to be sent.
        var left: UInt8
        /// When the next one is due.
        var next: Instant
        /// How often it has begun since `countedSince`.
        var beginnings: UInt8 = 1
        var countedSince: Instant

        /// Of more sources than that the group is asked instead.
        static let maximumSources = 64

        /// Whether its repetitions ask for all that is to be asked for.
        func covers(group: Bool, _ sources: [IPv6Address]) -> Bool {
            asksGroup || !group && sources.allSatisfy { self.sources.sortedContains($0) }
        }
    }

    /// In the order in which they are due: all wait equally long.
    private(set) var series: [Series] = []
    /// At the default rate a hundred are there at most.
    static let capacity = 256

    var next: Instant { series.first?.next ?? .distantFuture }
    var isFull: Bool { series.count >= Self.capacity }

    func find(_ group: IPv6Address) -> Series? { series.first { $0.group == group } }

    mutating func put(_ one: Series) {
        series.removeAll { $0.group == one.group }
        if one.left > 0 { series.append(one) }
    }

    /// Another state of a series, due when it was.
    mutating func replace(_ one: Series) {
        if let index = series.firstIndex(where: { $0.group == one.group }) { series[index] = one }
    }

    mutating func removeAll() { series = [] }
}
