import Timing

/// So many events a second, a second's worth of them at once: the generic cell rate algorithm, which needs one instant
/// for each source of events.
struct EventRate: Sendable {
    /// Between two events at the full rate, in nanoseconds.
    private let spacing: UInt64
    private let burst: UInt64

    /// At least one event a second.
    init(perSecond: Int) {
        spacing = 1_000_000_000 / UInt64(max(perSecond, 1))
        burst = 1_000_000_000 - spacing
    }

    /// When the next event conforms, if `clock` counts the events so far; `reserve` is the share of the burst, 0…1, that
    /// is left for others.
    func next(_ clock: Instant, reserve: Double = 0) -> Instant {
        let share = UInt64(Double(burst) * (1 - reserve))
        return Instant(nanoseconds: clock.nanoseconds - min(share, clock.nanoseconds))
    }

    /// Counts events, whether they conform or not.
    func count(_ clock: inout Instant, _ events: Int = 1, at now: Instant) {
        let (time, overflow) = spacing.multipliedReportingOverflow(by: UInt64(max(events, 0)))
        clock = max(clock, now) + (overflow ? .max : time)
    }
}
