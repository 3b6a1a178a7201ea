/// How long to wait before the next attempt to connect to the router agent.
///
/// Where nobody has the socket an attempt costs a system call, so there is one every 0.1 s for as long as it takes: an agent
/// that comes back must know its senders before a listener is kept waiting. One that is there and refuses is asked ever
/// less often, 0.1 s, doubling to 5 s.
public struct ReconnectDelay: Sendable {
    /// Why there is no connection.
    public enum Failure: Equatable, Sendable {
        /// Nobody answers on the socket.
        case absent
        /// Somebody does, and does not let the channel be watched.
        case refused
    }

    public static let first = Duration.milliseconds(100)
    public static let longest = Duration.seconds(5)
    private var upcoming = first

    public init() {}

    /// The delay for the attempt that follows now.
    public mutating func next(after failure: Failure) -> Duration {
        guard failure == .refused else {
            upcoming = Self.first
            return Self.first
        }
        defer { upcoming = min(upcoming * 2, Self.longest) }
        return upcoming
    }

    public mutating func succeeded() { upcoming = Self.first }
}
