import HeapModule

/// A router on one link, or a host, by its position in the simulation.
enum Node: Hashable, Sendable {
    case port(Int)
    case host(Int)
}

/// What is to happen in virtual time. Things of one instant happen in the order of their kinds, then as they were added.
struct EventQueue: Sendable {
    enum Happening: Sendable {
        case arrival(of: [UInt8], at: Node)
        case planned(Int)
        case heal(link: Int)
        case start(router: Int)
        case linkUp(port: Int)
        case wake(Node)
        case look(port: Int, group: Int)
        case lookAtQuerier(link: Int)
        case lookForPretender(link: Int)

        /// Messages before timers, as the daemon does it; promises are looked at when all is done.
        fileprivate var rank: UInt64 {
            switch self {
            case .arrival: 0
            case .planned, .heal, .start, .linkUp: 1
            case .wake: 2
            case .look, .lookAtQuerier, .lookForPretender: 3
            }
        }
    }

    private struct Entry: Comparable, Sendable {
        let at: UInt64
        let order: UInt64
        let happening: Happening

        static func < (a: Entry, b: Entry) -> Bool { a.at != b.at ? a.at < b.at : a.order < b.order }
        static func == (a: Entry, b: Entry) -> Bool { a.at == b.at && a.order == b.order }
    }

    private var heap = Heap<Entry>()
    private var added: UInt64 = 0

    mutating func add(_ happening: Happening, at time: UInt64) {
        added += 1
        heap.insert(Entry(at: time, order: happening.rank << 60 | added, happening: happening))
    }

    /// The next one, if it is not after `end`.
    mutating func next(until end: UInt64) -> (at: UInt64, happening: Happening)? {
        guard let first = heap.min, first.at <= end else { return nil }
        let entry = heap.removeMin()
        return (entry.at, entry.happening)
    }
}
