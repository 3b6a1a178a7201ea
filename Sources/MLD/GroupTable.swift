import IPv6
import Timing

/// The records of one link: found by group through a dictionary, kept side by side, and a queue of their deadlines.
///
/// A record has at most one valid entry in the queue, at or before its real deadline: refreshing a timer touches nothing.
struct GroupTable: Sendable {
    struct Key: Sendable {
        var slot: Int32
        var token: UInt32
    }

    private struct Alarm: Sendable {
        var at = Instant.distantFuture
        /// Tells the valid entry in the queue from older ones of the same slot.
        var token: UInt32 = 0
    }

    private var slots: [IPv6Address: Int32] = [:]
    /// Free slots hold a record whose `group` is `::`.
    var records: [GroupRecord] = []
    private var alarms: [Alarm] = []
    private var free: [Int32] = []
    private var deadlines = DeadlineQueue<Key>()

    var count: Int { slots.count }
    var nextDeadline: Instant? { deadlines.next }
    /// For tests: entries in the queue of deadlines.
    var deadlineCount: Int { deadlines.count }

    func slot(of group: IPv6Address) -> Int? { slots[group].map(Int.init) }

    func isLive(_ slot: Int) -> Bool { !records[slot].group.isUnspecified }

    mutating func insert(_ group: IPv6Address, at now: Instant) -> Int {
        let record = GroupRecord(group: group, created: now)
        if let slot = free.popLast() {
            records[Int(slot)] = record
            slots[group] = slot
            return Int(slot)
        }
        records.append(record)
        alarms.append(Alarm())
        slots[group] = Int32(records.count - 1)
        return records.count - 1
    }

    /// Frees a slot. Its entry in the queue stays, and serves the next group there.
    mutating func remove(_ slot: Int) {
        slots[records[slot].group] = nil
        records[slot] = GroupRecord(group: .unspecified, created: Instant(nanoseconds: 0))
        free.append(Int32(slot))
    }

    /// Makes sure that the record comes up at `instant` or before.
    @inline(__always) mutating func schedule(_ slot: Int, at instant: Instant) {
        if instant < alarms[slot].at { ring(slot, at: instant) }
    }

    private mutating func ring(_ slot: Int, at instant: Instant) {
        alarms[slot].at = instant
        alarms[slot].token &+= 1
        deadlines.schedule(Key(slot: Int32(slot), token: alarms[slot].token), at: instant)
        if deadlines.count > 2 * records.count + 64 { dropStaleDeadlines() }
    }

    /// Groups that come and go quickly leave entries behind; each rebuild is paid for by as many of them as are live.
    private mutating func dropStaleDeadlines() {
        deadlines = DeadlineQueue()
        for slot in alarms.indices where alarms[slot].at != .distantFuture {
            deadlines.schedule(Key(slot: Int32(slot), token: alarms[slot].token), at: alarms[slot].at)
        }
    }

    /// A slot whose record is to be looked at now; it has no valid entry then.
    mutating func popDue(at now: Instant) -> Int? {
        while let key = deadlines.popDue(at: now) {
            let slot = Int(key.slot)
            guard alarms[slot].token == key.token else { continue }
            alarms[slot].at = .distantFuture
            if isLive(slot) { return slot }
        }
        return nil
    }
}
