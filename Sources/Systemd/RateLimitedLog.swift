public import Logging
public import Timing

/// Log lines that clients and hosts can provoke: of each topic a few in an interval, so that nobody can fill the log.
///
/// What was left out is counted in the first line of the topic after the interval. Topics are the program's own, never
/// made of what strangers send, so there are few of them.
public struct RateLimitedLog<Topic: Hashable & Sendable>: Sendable {
    private struct Window: Sendable {
        var end: Instant
        var lines = 0
        var omitted = 0
    }

    /// Lines of one topic in an interval.
    public let burst: Int
    public let interval: Duration
    private var windows: [Topic: Window] = [:]

    public init(burst: Int = 5, interval: Duration = .seconds(60)) {
        self.burst = burst
        self.interval = interval
    }

    /// Logs the line, or counts it as omitted.
    ///
    /// - Returns: whether it was logged.
    @discardableResult
    public mutating func log(
        _ topic: Topic, level: Logger.Level = .warning, _ message: @autoclosure () -> Logger.Message,
        metadata: @autoclosure () -> Logger.Metadata = [:], at now: Instant, to logger: Logger
    ) -> Bool {
        guard let omitted = admit(topic, at: now) else { return false }
        var metadata = metadata()
        if omitted > 0 { metadata["omitted"] = "\(omitted)" }
        logger.log(level: level, message(), metadata: metadata)
        return true
    }

    /// How many lines of the topic were left out since the last one, or nil if this one is to be left out, too.
    private mutating func admit(_ topic: Topic, at now: Instant) -> Int? {
        var window = windows[topic] ?? Window(end: now + interval)
        defer { windows[topic] = window }
        var omitted = 0
        if window.end <= now {
            omitted = window.omitted
            window = Window(end: now + interval)
        }
        guard window.lines < burst else {
            window.omitted += 1
            return nil
        }
        window.lines += 1
        return omitted
    }
}
