public import Timing

/// Decides when a sender sends: while somebody listens, as far as it has been told.
///
/// Without word from the router agent it goes on for `holdTime`, so that an agent that restarts does not interrupt a
/// transfer, and one that has gone for good does not leave a stream behind.
public struct SendGate: Sendable {
    public enum Input: Equatable, Sendable {
        /// The agent says whether the channel is to be sent now (its state is `sending` or `holding`).
        case channel(active: Bool)
        /// The connection to the agent is gone.
        case connectionLost
        /// Time has passed.
        case tick
    }

    /// How long to go on after the connection is lost.
    public let holdTime: Duration
    /// Whether to send.
    public private(set) var isOpen: Bool
    /// When an open gate closes if nothing is heard until then.
    public private(set) var nextDeadline: Instant?

    /// - Parameter always: open, and never told otherwise.
    public init(always: Bool = false, holdTime: Duration = .seconds(2)) {
        isOpen = always
        self.holdTime = holdTime
    }

    /// True if `isOpen` is another one now.
    public mutating func handle(_ input: Input, at now: Instant) -> Bool {
        let before = isOpen
        switch input {
        case .channel(let active):
            isOpen = active
            nextDeadline = nil
        case .connectionLost:
            if isOpen && nextDeadline == nil { nextDeadline = now + holdTime }
        case .tick:
            if let deadline = nextDeadline, deadline <= now {
                isOpen = false
                nextDeadline = nil
            }
        }
        return isOpen != before
    }
}
