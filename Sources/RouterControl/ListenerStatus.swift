import JSONText

/// A tracked host on one interface and one of the groups it listens to.
public struct ListenerStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String
    public var hostAddress: String
    public var groupAddress: String
    public var hostFilterMode: GroupStatus.FilterMode
    /// The addresses of the host's source list.
    public var sources: [String]
    /// Seconds left of the host's timer; nil where none runs.
    public var expire: Double?

    public init(
        interface: String, hostAddress: String, groupAddress: String, hostFilterMode: GroupStatus.FilterMode,
        sources: [String], expire: Double?
    ) {
        self.interface = interface
        self.hostAddress = hostAddress
        self.groupAddress = groupAddress
        self.hostFilterMode = hostFilterMode
        self.sources = sources
        self.expire = expire
    }

    enum CodingKeys: String, CodingKey {
        case interface, sources, expire
        case hostAddress = "host_address"
        case groupAddress = "group_address"
        case hostFilterMode = "host_filter_mode"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.interface, interface)
            json.member(CodingKeys.hostAddress, hostAddress)
            json.member(CodingKeys.groupAddress, groupAddress)
            json.member(CodingKeys.hostFilterMode, hostFilterMode)
            json.member(CodingKeys.sources, sources)
            json.member(CodingKeys.expire, seconds: expire)
        }
    }
}

/// The reply of `ListListeners`.
public struct ListenersReply: Decodable, Equatable, Sendable, JSONWritable {
    public var listeners: [ListenerStatus]
    public init(listeners: [ListenerStatus]) { self.listeners = listeners }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("listeners", listeners) }
    }
}
