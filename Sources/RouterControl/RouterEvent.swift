import JSONText

/// A reply of `Monitor`: one flat object. Members that an event does not have are omitted, not null.
public struct RouterEvent: Decodable, Equatable, Sendable, JSONWritable {
    /// One more with each event of a subscription; the snapshot has the first.
    public var sequence: UInt64
    /// Seconds since 1970 UTC.
    public var time: Double
    public var event: Kind

    /// Groups, sources, hosts, querier, limits, warnings; of a refused source, where it came in.
    public var interface: String?
    /// Groups, sources, hosts, routes, channels, limits.
    public var groupAddress: String?
    /// Sources, routes, channels.
    public var sourceAddress: String?
    /// Hosts; of limits and warnings, who was the cause.
    public var hostAddress: String?
    /// Groups and modes; of a host, the host's own.
    public var filterMode: GroupStatus.FilterMode?
    public var querier: QuerierStatus?
    /// Routes; of a refused source, where it was expected.
    public var incomingInterface: String?
    /// Routes.
    public var outgoingInterfaces: [String]?
    /// The channel's name.
    public var channel: String?
    /// Of a source, a route or a channel: one of the names that its object has.
    public var state: String?
    /// Seconds from the report to the sender being told: `channel-started`.
    public var triggerLatency: Double?
    /// The configuration key of the limit: `limit-reached`.
    public var limit: String?
    /// For a person: `channel-failed`, `limit-reached`, `warning`.
    public var message: String?

    // The snapshot's.
    public var interfaces: [InterfaceStatus]?
    public var groups: [GroupStatus]?
    public var routes: [RouteStatus]?
    public var channels: [ChannelStatus]?

    public enum Kind: String, Decodable, Sendable, CaseIterable, JSONWritable {
        case snapshot
        case groupAdded = "group-added"
        case groupRemoved = "group-removed"
        case sourceAdded = "source-added"
        case sourceRemoved = "source-removed"
        case modeChanged = "mode-changed"
        case hostJoined = "host-joined"
        case hostLeft = "host-left"
        case querierChanged = "querier-changed"
        case routeAdded = "route-added"
        case routeChanged = "route-changed"
        case routeRemoved = "route-removed"
        case channelStarted = "channel-started"
        case channelStopped = "channel-stopped"
        case channelFailed = "channel-failed"
        case sourceRefused = "source-refused"
        case limitReached = "limit-reached"
        case warning
    }

    /// An event; the snapshot's members are set afterwards.
    public init(
        sequence: UInt64 = 0, time: Double, event: Kind, interface: String? = nil, groupAddress: String? = nil,
        sourceAddress: String? = nil, hostAddress: String? = nil, filterMode: GroupStatus.FilterMode? = nil,
        querier: QuerierStatus? = nil, incomingInterface: String? = nil, outgoingInterfaces: [String]? = nil,
        channel: String? = nil, state: String? = nil, triggerLatency: Double? = nil, limit: String? = nil,
        message: String? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.event = event
        self.interface = interface
        self.groupAddress = groupAddress
        self.sourceAddress = sourceAddress
        self.hostAddress = hostAddress
        self.filterMode = filterMode
        self.querier = querier
        self.incomingInterface = incomingInterface
        self.outgoingInterfaces = outgoingInterfaces
        self.channel = channel
        self.state = state
        self.triggerLatency = triggerLatency
        self.limit = limit
        self.message = message
    }

    /// The first event of a subscription.
    public static func snapshot(
        sequence: UInt64, time: Double, interfaces: [InterfaceStatus], groups: [GroupStatus], routes: [RouteStatus],
        channels: [ChannelStatus]
    ) -> RouterEvent {
        var event = RouterEvent(sequence: sequence, time: time, event: .snapshot)
        event.interfaces = interfaces
        event.groups = groups
        event.routes = routes
        event.channels = channels
        return event
    }

    enum CodingKeys: String, CodingKey {
        case sequence, time, event, interface, querier, channel, state, limit, message
        case interfaces, groups, routes, channels
        case groupAddress = "group_address"
        case sourceAddress = "source_address"
        case hostAddress = "host_address"
        case filterMode = "filter_mode"
        case incomingInterface = "incoming_interface"
        case outgoingInterfaces = "outgoing_interfaces"
        case triggerLatency = "trigger_latency"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.sequence, sequence)
            writeUnnumbered(to: &json)
        }
    }

    /// The members behind the number.
    func writeUnnumbered(to json: inout JSONWriter) {
        json.member(CodingKeys.time, seconds: time)
        json.member(CodingKeys.event, event)
        json.memberIfPresent(CodingKeys.interface, interface)
        json.memberIfPresent(CodingKeys.groupAddress, groupAddress)
        json.memberIfPresent(CodingKeys.sourceAddress, sourceAddress)
        json.memberIfPresent(CodingKeys.hostAddress, hostAddress)
        json.memberIfPresent(CodingKeys.filterMode, filterMode)
        json.memberIfPresent(CodingKeys.querier, querier)
        json.memberIfPresent(CodingKeys.incomingInterface, incomingInterface)
        json.memberIfPresent(CodingKeys.outgoingInterfaces, outgoingInterfaces)
        json.memberIfPresent(CodingKeys.channel, channel)
        json.memberIfPresent(CodingKeys.state, state)
        if let triggerLatency { json.member(CodingKeys.triggerLatency, seconds: triggerLatency) }
        json.memberIfPresent(CodingKeys.limit, limit)
        json.memberIfPresent(CodingKeys.message, message)
        json.memberIfPresent(CodingKeys.interfaces, interfaces)
        json.memberIfPresent(CodingKeys.groups, groups)
        json.memberIfPresent(CodingKeys.routes, routes)
        json.memberIfPresent(CodingKeys.channels, channels)
    }
}
