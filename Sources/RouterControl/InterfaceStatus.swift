import JSONText

/// An interface that the agent serves, or waits for.
public struct InterfaceStatus: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String
    /// The kernel's interface index; nil while the interface is absent.
    public var index: Int?
    public var role: Role
    public var operStatus: OperStatus
    /// Why the interface is not served, or not forwarded onto, for people; nil where it is.
    public var reason: String?
    /// The link-local address that queries are sent from; nil while there is none.
    public var address: String?
    public var querier: QuerierStatus
    /// Of MLD.
    public var version: Int
    // What operates: another querier's values, within bounds, where it is believed (RFC 9777 §9.1, §9.2).
    /// Seconds.
    public var queryInterval: Double
    /// Seconds.
    public var queryMaxResponseTime: Double
    /// Seconds (RFC 9777: Last Listener Query Interval).
    public var lastMemberQueryInterval: Double
    public var robustnessVariable: Int
    /// Seconds; what this router goes back to as querier.
    public var configuredQueryInterval: Double
    public var configuredRobustnessVariable: Int
    public var groupsCount: Int
    public var hostsCount: Int
    /// Octets; nil while the interface is absent.
    public var mtu: Int?
    /// Which sources the packets that come in there may have.
    public var sourceCheck: SourceCheck
    /// How often the kernel told of packets that were refused because of their source: the first of a flow, and one in
    /// three seconds of those that follow. All of them count as `wrong_interface` of the route.
    public var sourcesRefused: Int

    public enum SourceCheck: String, Decodable, Sendable, JSONWritable {
        case strict, own, off
    }

    public enum Role: String, Decodable, Sendable, JSONWritable {
        case downstream, upstream
        /// The link of the co-located sender: forwarded from, never to.
        case source
    }

    public enum OperStatus: String, Decodable, Sendable, JSONWritable {
        case up, down, absent
    }

    public init(
        interface: String, index: Int?, role: Role, operStatus: OperStatus, reason: String? = nil, address: String?,
        querier: QuerierStatus,
        version: Int, queryInterval: Double, queryMaxResponseTime: Double, lastMemberQueryInterval: Double,
        robustnessVariable: Int, configuredQueryInterval: Double,
        configuredRobustnessVariable: Int, groupsCount: Int, hostsCount: Int, mtu: Int?,
        sourceCheck: SourceCheck = .strict, sourcesRefused: Int = 0
    ) {
        self.interface = interface
        self.index = index
        self.role = role
        self.operStatus = operStatus
        self.reason = reason
        self.address = address
        self.querier = querier
        self.version = version
        self.queryInterval = queryInterval
        self.queryMaxResponseTime = queryMaxResponseTime
        self.lastMemberQueryInterval = lastMemberQueryInterval
        self.robustnessVariable = robustnessVariable
        self.configuredQueryInterval = configuredQueryInterval
        self.configuredRobustnessVariable = configuredRobustnessVariable
        self.groupsCount = groupsCount
        self.hostsCount = hostsCount
        self.mtu = mtu
        self.sourceCheck = sourceCheck
        self.sourcesRefused = sourcesRefused
    }

    enum CodingKeys: String, CodingKey {
        case interface, index, role, reason, address, querier, version, mtu
        case operStatus = "oper_status"
        case queryInterval = "query_interval"
        case queryMaxResponseTime = "query_max_response_time"
        case lastMemberQueryInterval = "last_member_query_interval"
        case robustnessVariable = "robustness_variable"
        case configuredQueryInterval = "configured_query_interval"
        case configuredRobustnessVariable = "configured_robustness_variable"
        case groupsCount = "groups_count"
        case hostsCount = "hosts_count"
        case sourceCheck = "source_check"
        case sourcesRefused = "sources_refused"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.interface, interface)
            json.member(CodingKeys.index, index)
            json.member(CodingKeys.role, role)
            json.member(CodingKeys.operStatus, operStatus)
            json.member(CodingKeys.reason, reason)
            json.member(CodingKeys.address, address)
            json.member(CodingKeys.querier, querier)
            json.member(CodingKeys.version, version)
            json.member(CodingKeys.queryInterval, seconds: queryInterval)
            json.member(CodingKeys.queryMaxResponseTime, seconds: queryMaxResponseTime)
            json.member(CodingKeys.lastMemberQueryInterval, seconds: lastMemberQueryInterval)
            json.member(CodingKeys.robustnessVariable, robustnessVariable)
            json.member(CodingKeys.configuredQueryInterval, seconds: configuredQueryInterval)
            json.member(CodingKeys.configuredRobustnessVariable, configuredRobustnessVariable)
            json.member(CodingKeys.groupsCount, groupsCount)
            json.member(CodingKeys.hostsCount, hostsCount)
            json.member(CodingKeys.mtu, mtu)
            json.member(CodingKeys.sourceCheck, sourceCheck)
            json.member(CodingKeys.sourcesRefused, sourcesRefused)
        }
    }
}

/// Who asks the listeners of a link (RFC 9777 §7.6.2).
public struct QuerierStatus: Decodable, Equatable, Sendable, JSONWritable {
    /// nil where no querier is known.
    public var address: String?
    /// Whether this router is the querier.
    public var isSelf: Bool
    /// Seconds until another querier is taken for gone; nil where no timer runs, as when it is this router.
    public var expire: Double?

    public init(address: String?, isSelf: Bool, expire: Double?) {
        self.address = address
        self.isSelf = isSelf
        self.expire = expire
    }

    enum CodingKeys: String, CodingKey {
        case address, expire
        case isSelf = "self"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.address, address)
            json.member(CodingKeys.isSelf, isSelf)
            json.member(CodingKeys.expire, seconds: expire)
        }
    }
}

/// The reply of `ListInterfaces`.
public struct InterfacesReply: Decodable, Equatable, Sendable, JSONWritable {
    public var interfaces: [InterfaceStatus]
    public init(interfaces: [InterfaceStatus]) { self.interfaces = interfaces }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("interfaces", interfaces) }
    }
}
