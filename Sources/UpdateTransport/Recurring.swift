import Timing

/// Something to send now and then: when a time has passed, and some other packets have gone in between; or many have.
struct Recurring: Sendable {
    let period: Duration
    /// Other packets in between, at least.
    let distance: Int
    /// Other packets in between, at most.
    let most: Int
    private var next = Instant(nanoseconds: 0)
    private var others: Int

    init(period: Duration, distance: Int, most: Int = .max) {
        self.period = period
        self.distance = distance
        self.most = most
        others = distance
    }

    /// Another packet has gone.
    mutating func count() { others += 1 }

    /// Whether it is due; if so it counts as sent.
    mutating func isDue(at now: Instant) -> Bool {
        guard others >= most || now >= next && others >= distance else { return false }
        // Punctual on the average, but nothing is made up for after a pause.
        next = next + period < now ? now + period : next + period
        others = 0
        return true
    }

    /// It is due at once.
    mutating func reset() {
        next = Instant(nanoseconds: 0)
        others = distance
    }
}
