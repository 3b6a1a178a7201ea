import Timing

/// The objects that a receiver has heard of, a bounded number, and which of them to prefer.
///
/// Anybody can announce an object. So one that failed before comes after one that did not, and of equals the one with
/// more packets wins: a forger must at least send more than the true sender, all the time.
struct CarouselCandidates: Sendable {
    struct Candidate: Sendable {
        let object: CarouselObject
        var packets: UInt64 = 1
        var lastHeard: Instant
        /// How often it stalled or turned out not to match its hash.
        var failures = 0
        /// The receiver has no room for it.
        var refused = false

        func isBetter(than other: Candidate) -> Bool {
            failures != other.failures ? failures < other.failures : packets > other.packets
        }
    }

    /// How many are remembered.
    static let limit = 8
    private var all: [Candidate] = []

    func contains(_ object: CarouselObject) -> Bool { all.contains { $0.object == object } }

    func isRefused(_ object: CarouselObject) -> Bool { all.contains { $0.object == object && $0.refused } }

    func hasFailed(_ object: CarouselObject) -> Bool { all.contains { $0.object == object && $0.failures > 0 } }

    /// Notes packets of an object; `kept` is not forgotten for it.
    mutating func heard(_ object: CarouselObject, packets: UInt64 = 1, at now: Instant, keeping kept: CarouselObject?) {
        if let index = all.firstIndex(where: { $0.object == object }) {
            all[index].packets += packets
            all[index].lastHeard = now
            return
        }
        if all.count == Self.limit { forgetOne(at: now, keeping: kept) }
        all.append(Candidate(object: object, packets: packets, lastHeard: now))
    }

    /// Forgets the one that has been silent for longest if that is 10 s, else the one with the fewest packets.
    private mutating func forgetOne(at now: Instant, keeping kept: CarouselObject?) {
        let others = all.indices.filter { all[$0].object != kept }
        let silent = others.filter { now - all[$0].lastHeard > .seconds(10) }
        let victim =
            silent.min { all[$0].lastHeard < all[$1].lastHeard } ?? others.min { all[$0].packets < all[$1].packets }
        if let victim { all.remove(at: victim) }
    }

    mutating func failed(_ object: CarouselObject) { change(object) { $0.failures += 1 } }

    mutating func refuse(_ object: CarouselObject) { change(object) { $0.refused = true } }

    private mutating func change(_ object: CarouselObject, _ body: (inout Candidate) -> Void) {
        if let index = all.firstIndex(where: { $0.object == object }) { body(&all[index]) }
    }

    /// Whether to take `object` up, rather than wait for a better one that was heard within `window`.
    func isBest(_ object: CarouselObject, except current: CarouselObject?, within window: Duration, at now: Instant)
        -> Bool
    {
        guard let candidate = all.first(where: { $0.object == object }), !candidate.refused else { return false }
        return !all.contains {
            $0.object != current && !$0.refused && now - $0.lastHeard < window && $0.isBetter(than: candidate)
        }
    }
}
