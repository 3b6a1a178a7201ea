/// How long to wait before the next attempt to connect: 0.1 s, doubling to 5 s, from the start again after a success.
public struct ReconnectDelay: Sendable {
    public static let first = Duration.milliseconds(100)
    public static let longest = Duration.seconds(5)
    private var upcoming = first

    public init() {}

    /// The delay for the attempt that follows now.
    public mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, Self.longest) }
        return upcoming
    }

    public mutating func succeeded() { upcoming = Self.first }
}
