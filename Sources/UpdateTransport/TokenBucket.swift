public import Timing

/// Keeps a sender to its rate by absolute deadlines: a late wake-up is made up for, so errors never add up.
///
/// Packets go in batches of at most a millisecond of the rate, one packet at least. After an interruption no more than
/// `catchUp` is made up for; the rest of the time is lost, so that no burst follows a pause.
public struct TokenBucket: Sendable {
    public let rate: BitRate
    /// The longest delay that is made up for: a little more than what another process may keep a processor for.
    public static let catchUp = Duration.milliseconds(10)
    /// The most that one batch may take of the rate.
    public static let batch = Duration.milliseconds(1)

    private var next: Instant
    /// What is left of a nanosecond, in units of 1/rate nanoseconds, so that no rate drifts by rounding.
    private var remainder: UInt64 = 0

    public init(rate: BitRate, at now: Instant) {
        self.rate = rate
        next = now
    }

    /// When the next packet may go.
    public var nextDeadline: Instant { next }

    /// How many packets of `octets` each may go now: 0 before the deadline, else at least 1.
    public func allowance(ofPackets octets: Int, at now: Instant) -> Int {
        guard now >= next else { return 0 }
        let inBatch = rate.bitsPerSecond / 1_000 / UInt64(max(octets, 1) * 8)
        return Int(clamping: max(inBatch, 1))
    }

    /// Accounts for octets that have gone at `now`.
    public mutating func spend(_ octets: Int, at now: Instant) {
        let earliest = now + (.zero - Self.catchUp)
        if next < earliest {
            next = earliest
            remainder = 0
        }
        let (high, low) = (UInt64(max(octets, 0)) * 8).multipliedFullWidth(by: 1_000_000_000)
        // rate ≥ 1 kbit/s and octets < 2⁴⁰ keep the quotient within 64 bits.
        let (quotient, rest) = rate.bitsPerSecond.dividingFullWidth((high, low))
        remainder += rest
        var nanoseconds = quotient
        if remainder >= rate.bitsPerSecond {
            remainder -= rate.bitsPerSecond
            nanoseconds += 1
        }
        next = next + .nanoseconds(Int64(clamping: nanoseconds))
    }

    /// Begins anew after a pause, with nothing to make up for.
    public mutating func restart(at now: Instant) {
        next = max(next, now)
    }
}
