import Timing

/// When flows are looked at anew because unicast routing has changed: in slices, so that many flows hold up nobody, and
/// with a pause between passes, so that routes which change without end cost a bounded share of the time.
struct OriginReview: Sendable {
    /// Flows of one slice.
    static let slice = 256
    static let sliceInterval = Duration.milliseconds(20)
    /// From the beginning of a pass to that of the next one.
    static let passInterval = Duration.milliseconds(100)

    private(set) var due = Instant.distantFuture
    /// The next slot of the pass that is under way.
    private var position: Int?
    private var lastStart: Instant?
    /// Routing has changed since the pass began.
    private var isRequested = false

    /// Routing has changed: all flows are to be looked at once more.
    mutating func request(at now: Instant) {
        isRequested = true
        if position == nil { due = nextStart(after: now) }
    }

    /// The slots to look at now.
    mutating func nextSlice(of count: Int, at now: Instant) -> Range<Int>? {
        guard due <= now else { return nil }
        if position == nil {
            isRequested = false
            lastStart = now
        }
        let start = min(position ?? 0, count)
        let end = min(start + Self.slice, count)
        if end < count {
            position = end
            due = now + Self.sliceInterval
        } else {
            position = nil
            due = isRequested ? nextStart(after: now) : .distantFuture
        }
        return start..<end
    }

    private func nextStart(after now: Instant) -> Instant {
        guard let lastStart else { return now }
        return max(now, lastStart + Self.passInterval)
    }
}
