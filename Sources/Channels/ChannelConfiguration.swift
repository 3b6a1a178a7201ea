public import IPv6

/// A channel as the operator or a watcher describes it.
public struct ChannelConfiguration: Equatable, Sendable {
    public var name: String
    public var group: IPv6Address
    /// nil: listeners of any source count.
    public var source: IPv6Address?
    /// How long to keep sending after the last listener has gone.
    public var holdTime: Duration
    /// How long to send at least once started.
    public var minimumRunTime: Duration
    /// The program that sends, run while listeners exist; nil: a watcher sends.
    public var command: [String]?
    /// Between SIGTERM and SIGKILL.
    public var stopTimeout: Duration

    public init(
        name: String, group: IPv6Address, source: IPv6Address? = nil, holdTime: Duration = .seconds(2),
        minimumRunTime: Duration = .zero, command: [String]? = nil, stopTimeout: Duration = .seconds(10)
    ) {
        self.name = name
        self.group = group
        self.source = source
        self.holdTime = holdTime
        self.minimumRunTime = minimumRunTime
        self.command = command
        self.stopTimeout = stopTimeout
    }
}
