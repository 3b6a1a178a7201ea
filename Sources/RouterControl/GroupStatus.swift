import JSONText

/// One multicast address with listeners on one interface.
public struct GroupStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String
    public var groupAddress: String
    public var filterMode: FilterMode
    public var compatibility: Compatibility
    /// Seconds since the group was created.
    public var upTime: Double
    /// Seconds left of the filter timer; nil where it does not run.
    public var expire: Double?
    /// Link-local address of the host whose report was the last one; nil where none is known.
    public var lastReporter: String?
    public var sources: [SourceStatus]
    public var hosts: [HostStatus]

    /// RFC 9777 §7.2.1.
    public enum FilterMode: String, Decodable, Sendable, JSONWritable {
        case include, exclude
    }

    /// The oldest version of which a host has been heard (RFC 9777 §8.3.2).
    public enum Compatibility: String, Decodable, Sendable, JSONWritable {
        case mldv1, mldv2
    }

    public init(
        interface: String, groupAddress: String, filterMode: FilterMode, compatibility: Compatibility, upTime: Double,
        expire: Double?, lastReporter: String?, sources: [SourceStatus], hosts: [HostStatus]
    ) {
        self.interface = interface
        self.groupAddress = groupAddress
        self.filterMode = filterMode
        self.compatibility = compatibility
        self.upTime = upTime
        self.expire = expire
        self.lastReporter = lastReporter
        self.sources = sources
        self.hosts = hosts
    }

    enum CodingKeys: String, CodingKey {
        case interface, compatibility, expire, sources, hosts
        case groupAddress = "group_address"
        case filterMode = "filter_mode"
        case upTime = "up_time"
        case lastReporter = "last_reporter"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.interface, interface)
            json.member(CodingKeys.groupAddress, groupAddress)
            json.member(CodingKeys.filterMode, filterMode)
            json.member(CodingKeys.compatibility, compatibility)
            json.member(CodingKeys.upTime, seconds: upTime)
            json.member(CodingKeys.expire, seconds: expire)
            json.member(CodingKeys.lastReporter, lastReporter)
            json.member(CodingKeys.sources, sources)
            json.member(CodingKeys.hosts, hosts)
        }
    }
}

/// A source of a group.
public struct SourceStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var sourceAddress: String
    /// Seconds left of the source timer; nil where it does not run.
    public var expire: Double?
    /// Seconds since the source was added.
    public var upTime: Double
    public var state: State

    /// What happens to packets of this source.
    public enum State: String, Decodable, Sendable, JSONWritable {
        case forward, block
    }

    public init(sourceAddress: String, expire: Double?, upTime: Double, state: State) {
        self.sourceAddress = sourceAddress
        self.expire = expire
        self.upTime = upTime
        self.state = state
    }

    enum CodingKeys: String, CodingKey {
        case expire, state
        case sourceAddress = "source_address"
        case upTime = "up_time"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.sourceAddress, sourceAddress)
            json.member(CodingKeys.expire, seconds: expire)
            json.member(CodingKeys.upTime, seconds: upTime)
            json.member(CodingKeys.state, state)
        }
    }
}

/// A host that listens to a group.
public struct HostStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var hostAddress: String
    public var hostFilterMode: GroupStatus.FilterMode
    /// Seconds left of the host's timer; nil where none runs.
    public var expire: Double?

    public init(hostAddress: String, hostFilterMode: GroupStatus.FilterMode, expire: Double?) {
        self.hostAddress = hostAddress
        self.hostFilterMode = hostFilterMode
        self.expire = expire
    }

    enum CodingKeys: String, CodingKey {
        case expire
        case hostAddress = "host_address"
        case hostFilterMode = "host_filter_mode"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.hostAddress, hostAddress)
            json.member(CodingKeys.hostFilterMode, hostFilterMode)
            json.member(CodingKeys.expire, seconds: expire)
        }
    }
}

/// The reply of `ListGroups`.
public struct GroupsReply: Decodable, Equatable, Sendable, JSONWritable {
    public var groups: [GroupStatus]
    public init(groups: [GroupStatus]) { self.groups = groups }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("groups", groups) }
    }
}
