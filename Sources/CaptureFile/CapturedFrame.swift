public import Timing

/// What a capture tells of a frame besides its octets.
public struct CapturedFrame: Hashable, Sendable {
    /// When it was captured: nanoseconds since 1970 UTC, never later than ``latest``.
    public var time: Instant
    /// Its octets on the wire; the capture holds fewer if the snapshot length cut it.
    public var length: Int

    public init(time: Instant, length: Int) {
        self.time = time
        self.length = length
    }

    /// The year 2262: far from the end of the range of times, so that timers can be added to it.
    public static let latest = Instant(nanoseconds: UInt64(Int64.max))

    /// A time as libpcap gives it, whatever a file says: before 1970 is 1970.
    static func time(seconds: Int, nanoseconds: Int) -> Instant {
        guard seconds >= 0 else { return Instant(nanoseconds: 0) }
        return min(Instant(nanoseconds: 0) + .seconds(seconds) + .nanoseconds(max(nanoseconds, 0)), latest)
    }
}
