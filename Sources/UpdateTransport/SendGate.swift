public import Timing

/// Decides when a sender sends: while somebody listens, as far as it has been told.
///
/// Without word from the router agent it goes on for the channel's hold time, so that an agent that restarts does not
/// interrupt a transfer, and one that has gone for good does not leave a stream behind.
public struct SendGate: Sendable {
    public enum Input: Equatable, Sendable {
        /// The agent says whether the channel is to be sent now (its state is `sending` or `holding`), and for how long
        /// it is held; nil: the agent does not know hold times, which is `standardHoldTime`.
        case channel(active: Bool, holdTime: Duration?)
        /// The connection to the agent is gone.
        case connectionLost
        /// Time has passed.
        case tick
    }

    /// That of a channel that nobody has configured.
    public static let standardHoldTime = Duration.seconds(2)

    /// How long to go on after the connection is lost.
    public private(set) var holdTime = Self.standardHoldTime
    /// Whether to send.
    public private(set) var isOpen: Bool
    /// When an open gate closes if nothing is heard until then.
    public private(set) var nextDeadline: Instant?

    /// - Parameter always: open, and never told otherwise.
    public init(always: Bool = false) { isOpen = always }

    /// True if `isOpen` is another one now.
    public mutating func handle(_ input: Input, at now: Instant) -> Bool {
        let before = isOpen
        switch input {
        case .channel(let active, let holdTime):
            isOpen = active
            self.holdTime = holdTime ?? Self.standardHoldTime
            nextDeadline = nil
        case .connectionLost:
            if isOpen && nextDeadline == nil { nextDeadline = now + holdTime }
            expire(at: now)
        case .tick: expire(at: now)
        }
        return isOpen != before
    }

    private mutating func expire(at now: Instant) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        isOpen = false
        nextDeadline = nil
    }
}
