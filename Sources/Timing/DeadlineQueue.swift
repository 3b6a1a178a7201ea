import HeapModule

/// Deadlines in order, each with a key that says whose it is.
///
/// There is no cancel and no move: an owner whose deadline has moved later leaves its entry, and when it comes up looks at
/// its own state and schedules again. So refreshing a timer, the common case in soft-state protocols, costs nothing here.
public struct DeadlineQueue<Key: Sendable>: Sendable {
    @usableFromInline struct Entry: Comparable, Sendable {
        @usableFromInline var at: Instant
        @usableFromInline var key: Key
        @usableFromInline init(at: Instant, key: Key) {
            self.at = at
            self.key = key
        }
        @usableFromInline static func < (a: Entry, b: Entry) -> Bool { a.at < b.at }
        @usableFromInline static func == (a: Entry, b: Entry) -> Bool { a.at == b.at }
    }

    @usableFromInline var heap = Heap<Entry>()

    public init() {}

    @inlinable public var isEmpty: Bool { heap.isEmpty }
    @inlinable public var count: Int { heap.count }

    /// The earliest deadline, which may be one that its owner has since moved.
    @inlinable public var next: Instant? { heap.min?.at }

    @inlinable public mutating func schedule(_ key: Key, at instant: Instant) {
        heap.insert(Entry(at: instant, key: key))
    }

    /// Takes the earliest entry if it is due at `now`.
    @inlinable public mutating func popDue(at now: Instant) -> Key? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.removeMin().key
    }
}
