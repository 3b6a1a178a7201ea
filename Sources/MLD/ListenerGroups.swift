import IPv6
import Timing

/// The groups of a listener, each at a place that it keeps, and the deadlines of all.
///
/// Going through them place by place takes them in the same order in every run, which a dictionary does not. A timer that
/// is stopped or comes earlier leaves its entry in the queue; there are never more of those than a few for each group.
struct ListenerGroups: Sendable {
    private(set) var slots: [IPv6Address: Int] = [:]
    private var groups: [ListenerGroup] = []
    private var free: [Int] = []
    private var queue = DeadlineQueue<Int>()
    /// Octets of the current-state records of all that is reported.
    private(set) var recordOctets = 0
    /// Queried sources that wait for their answer.
    private(set) var queriedSourceTotal = 0

    /// Every place, free ones included.
    var places: Range<Int> { groups.indices }
    var count: Int { slots.count }
    var nextDeadline: Instant? { queue.next }
    var queuedDeadlines: Int { queue.count }

    /// Reading and changing in place; the sums follow.
    subscript(slot: Int) -> ListenerGroup {
        _read { yield groups[slot] }
        _modify {
            tally(groups[slot], by: -1)
            yield &groups[slot]
            tally(groups[slot], by: 1)
        }
    }

    private mutating func tally(_ group: ListenerGroup, by sign: Int) {
        if group.isHeard { recordOctets += sign * group.recordLength }
        queriedSourceTotal += sign * group.queriedSources.count
    }

    func slot(of group: IPv6Address) -> Int? { slots[group] }

    mutating func insert(_ address: IPv6Address) -> Int {
        if let slot = slots[address] { return slot }
        let group = ListenerGroup(address)
        let slot = free.popLast() ?? groups.count
        if slot == groups.count { groups.append(group) } else { groups[slot] = group }
        slots[address] = slot
        return slot
    }

    mutating func remove(at slot: Int) {
        tally(groups[slot], by: -1)
        slots[groups[slot].address] = nil
        groups[slot] = ListenerGroup(.unspecified)
        free.append(slot)
    }

    mutating func scheduleRetransmission(at slot: Int, _ instant: Instant) {
        groups[slot].retransmission = instant
        schedule(slot, instant)
    }

    mutating func scheduleAnswer(at slot: Int, _ instant: Instant) {
        groups[slot].answer = instant
        schedule(slot, instant)
    }

    private mutating func schedule(_ slot: Int, _ instant: Instant) {
        // Whoever sends queries decides how often timers move.
        if queue.count >= 4 * groups.count + 64 { rebuildQueue() } else { queue.schedule(slot, at: instant) }
    }

    private mutating func rebuildQueue() {
        queue = DeadlineQueue()
        for slot in groups.indices {
            if groups[slot].retransmission < .distantFuture { queue.schedule(slot, at: groups[slot].retransmission) }
            if groups[slot].answer < .distantFuture { queue.schedule(slot, at: groups[slot].answer) }
        }
    }

    /// A place with a timer that ran out by `limit`, or had one that has since been moved.
    mutating func popDue(at limit: Instant) -> Int? { queue.popDue(at: limit) }

    /// Cancels every timer and forgets the groups that are no longer wanted.
    mutating func cancelAll() {
        for slot in groups.indices where !groups[slot].address.isUnspecified {
            self[slot].cancelAll()
            if !groups[slot].isWanted { remove(at: slot) }
        }
        queue = DeadlineQueue()
    }
}
