import JSONText

/// A channel: a group that a co-located sender sends to while it has listeners.
public struct ChannelStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var name: String
    public var groupAddress: String
    /// nil where any source will do.
    public var sourceAddress: String?
    public var state: State
    /// Seconds for which to go on sending after the last listener has gone, or the agent; nil from agents that do not tell.
    public var holdTime: Double?
    /// Interfaces with listeners.
    public var interfaces: [String]
    /// Hosts that listen, as far as they are tracked.
    public var listeners: Int
    /// Clients that hold `WatchChannel` open.
    public var watchers: Int
    /// How often the channel has begun to send.
    public var starts: Int
    /// Seconds since 1970 UTC of the last start; nil before the first.
    public var lastStart: Double?
    /// Seconds since 1970 UTC of the last stop; nil before the first.
    public var lastStop: Double?
    /// Seconds from the report that woke the channel to its sender being told; nil before the first start.
    public var lastTriggerLatency: Double?
    /// Program and arguments; empty where the channel has no command.
    public var command: [String]
    /// Of the running command; nil while none runs.
    public var pid: Int?
    public var lastError: String?

    public enum State: String, Decodable, Sendable, JSONWritable {
        case idle, starting, sending, holding, failed
        /// Whether a sender sends in this state.
        public var sends: Bool { self == .sending || self == .holding }
    }

    public init(
        name: String, groupAddress: String, sourceAddress: String?, state: State, holdTime: Double?,
        interfaces: [String],
        listeners: Int, watchers: Int, starts: Int, lastStart: Double?, lastStop: Double?, lastTriggerLatency: Double?,
        command: [String], pid: Int?, lastError: String?
    ) {
        self.name = name
        self.groupAddress = groupAddress
        self.sourceAddress = sourceAddress
        self.state = state
        self.holdTime = holdTime
        self.interfaces = interfaces
        self.listeners = listeners
        self.watchers = watchers
        self.starts = starts
        self.lastStart = lastStart
        self.lastStop = lastStop
        self.lastTriggerLatency = lastTriggerLatency
        self.command = command
        self.pid = pid
        self.lastError = lastError
    }

    enum CodingKeys: String, CodingKey {
        case name, state, interfaces, listeners, watchers, starts, command, pid
        case groupAddress = "group_address"
        case sourceAddress = "source_address"
        case holdTime = "hold_time"
        case lastStart = "last_start"
        case lastStop = "last_stop"
        case lastTriggerLatency = "last_trigger_latency"
        case lastError = "last_error"
    }

    public func write(to json: inout JSONWriter) {
        json.object { writeMembers(to: &$0) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.groupAddress, groupAddress)
        json.member(CodingKeys.sourceAddress, sourceAddress)
        json.member(CodingKeys.state, state)
        json.member(CodingKeys.holdTime, seconds: holdTime)
        json.member(CodingKeys.interfaces, interfaces)
        json.member(CodingKeys.listeners, listeners)
        json.member(CodingKeys.watchers, watchers)
        json.member(CodingKeys.starts, starts)
        json.member(CodingKeys.lastStart, seconds: lastStart)
        json.member(CodingKeys.lastStop, seconds: lastStop)
        json.member(CodingKeys.lastTriggerLatency, seconds: lastTriggerLatency)
        json.member(CodingKeys.command, command)
        json.member(CodingKeys.pid, pid)
        json.member(CodingKeys.lastError, lastError)
    }
}

/// The reply of `ListChannels`.
public struct ChannelsReply: Decodable, Equatable, Sendable, JSONWritable {
    public var channels: [ChannelStatus]
    public init(channels: [ChannelStatus]) { self.channels = channels }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("channels", channels) }
    }
}
