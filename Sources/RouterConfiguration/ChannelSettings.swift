import IPv6

/// One channel of the file.
public struct ChannelSettings: Equatable, Sendable {
    public var name: String
    /// A multicast address of a scope wider than the link.
    public var group: IPv6Address
    /// nil for any source.
    public var source: IPv6Address?
    /// How long to keep sending after the last listener has gone.
    public var holdTime: Duration = .seconds(2)
    public var minimumRunTime: Duration = .zero
    /// Program and arguments that run while there are listeners, never empty; nil for none.
    public var command: [String]?
    /// From SIGTERM to SIGKILL.
    public var stopTimeout: Duration = .seconds(10)

    public init(name: String, group: IPv6Address, source: IPv6Address? = nil) {
        self.name = name
        self.group = group
        self.source = source
    }
}
