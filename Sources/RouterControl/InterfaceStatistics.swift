import JSONText

/// MLD messages of one interface, counted since the agent started.
public struct InterfaceStatistics: Decodable, Equatable, Sendable, JSONWritable {
    public var interface: String
    public var received: MessageCounts
    public var sent: MessageCounts
    public var error: ErrorCounts
    public var limit: LimitCounts

    public init(
        interface: String, received: MessageCounts = MessageCounts(), sent: MessageCounts = MessageCounts(),
        error: ErrorCounts = ErrorCounts(), limit: LimitCounts = LimitCounts()
    ) {
        self.interface = interface
        self.received = received
        self.sent = sent
        self.error = error
        self.limit = limit
    }

    enum CodingKeys: String, CodingKey {
        case interface, received, sent, error, limit
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.interface, interface)
            json.member(CodingKeys.received, received)
            json.member(CodingKeys.sent, sent)
            json.member(CodingKeys.error, error)
            json.member(CodingKeys.limit, limit)
        }
    }
}

/// Messages by type.
public struct MessageCounts: Decodable, Equatable, Sendable, JSONWritable {
    public var query: UInt64
    /// MLDv2.
    public var report: UInt64
    public var reportV1: UInt64
    public var done: UInt64

    public init(query: UInt64 = 0, report: UInt64 = 0, reportV1: UInt64 = 0, done: UInt64 = 0) {
        self.query = query
        self.report = report
        self.reportV1 = reportV1
        self.done = done
    }

    enum CodingKeys: String, CodingKey {
        case query, report, done
        case reportV1 = "report_v1"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.query, query)
            json.member(CodingKeys.report, report)
            json.member(CodingKeys.reportV1, reportV1)
            json.member(CodingKeys.done, done)
        }
    }
}

/// Received messages that were refused, by reason.
public struct ErrorCounts: Decodable, Equatable, Sendable, JSONWritable {
    public var checksum: UInt64
    /// Or cut off by the capture.
    public var tooShort: UInt64
    public var tooLong: UInt64
    /// Fragments that could not be put together.
    public var fragment: UInt64
    /// Not 1.
    public var hopLimit: UInt64
    /// Not link-local.
    public var sourceAddress: UInt64
    /// Missing.
    public var routerAlert: UInt64
    public var unknownType: UInt64
    public var malformed: UInt64
    /// Beyond a configured limit.
    public var limit: UInt64
    /// By configured policy.
    public var denied: UInt64
    /// A source-specific group without a source.
    public var noSource: UInt64
    /// By the kernel, which had no room for them.
    public var dropped: UInt64

    public init(
        checksum: UInt64 = 0, tooShort: UInt64 = 0, tooLong: UInt64 = 0, fragment: UInt64 = 0, hopLimit: UInt64 = 0,
        sourceAddress: UInt64 = 0, routerAlert: UInt64 = 0, unknownType: UInt64 = 0, malformed: UInt64 = 0,
        limit: UInt64 = 0, denied: UInt64 = 0, noSource: UInt64 = 0, dropped: UInt64 = 0
    ) {
        self.checksum = checksum
        self.tooShort = tooShort
        self.tooLong = tooLong
        self.fragment = fragment
        self.hopLimit = hopLimit
        self.sourceAddress = sourceAddress
        self.routerAlert = routerAlert
        self.unknownType = unknownType
        self.malformed = malformed
        self.limit = limit
        self.denied = denied
        self.noSource = noSource
        self.dropped = dropped
    }

    enum CodingKeys: String, CodingKey {
        case checksum, fragment, malformed, limit, denied, dropped
        case tooShort = "too_short"
        case tooLong = "too_long"
        case noSource = "no_source"
        case hopLimit = "hop_limit"
        case sourceAddress = "source_address"
        case routerAlert = "router_alert"
        case unknownType = "unknown_type"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.checksum, checksum)
            json.member(CodingKeys.tooShort, tooShort)
            json.member(CodingKeys.tooLong, tooLong)
            json.member(CodingKeys.fragment, fragment)
            json.member(CodingKeys.hopLimit, hopLimit)
            json.member(CodingKeys.sourceAddress, sourceAddress)
            json.member(CodingKeys.routerAlert, routerAlert)
            json.member(CodingKeys.unknownType, unknownType)
            json.member(CodingKeys.malformed, malformed)
            json.member(CodingKeys.limit, limit)
            json.member(CodingKeys.denied, denied)
            json.member(CodingKeys.noSource, noSource)
            json.member(CodingKeys.dropped, dropped)
        }
    }
}

/// How often each limit was reached, by the configuration key that sets it.
public struct LimitCounts: Decodable, Equatable, Sendable, JSONWritable {
    public var maxGroups: UInt64
    public var maxGroupSources: UInt64
    public var maxHosts: UInt64
    public var maxGroupsPerHost: UInt64
    public var reportsPerSecond: UInt64
    public var reportsPerSecondPerHost: UInt64
    public var queriesPerSecond: UInt64
    public var specificQueriesPerSecond: UInt64
    public var confirmingQueriesPerSecond: UInt64

    public init(
        maxGroups: UInt64 = 0, maxGroupSources: UInt64 = 0, maxHosts: UInt64 = 0, maxGroupsPerHost: UInt64 = 0,
        reportsPerSecond: UInt64 = 0, reportsPerSecondPerHost: UInt64 = 0, queriesPerSecond: UInt64 = 0,
        specificQueriesPerSecond: UInt64 = 0, confirmingQueriesPerSecond: UInt64 = 0
    ) {
        self.maxGroups = maxGroups
        self.maxGroupSources = maxGroupSources
        self.maxHosts = maxHosts
        self.maxGroupsPerHost = maxGroupsPerHost
        self.reportsPerSecond = reportsPerSecond
        self.reportsPerSecondPerHost = reportsPerSecondPerHost
        self.queriesPerSecond = queriesPerSecond
        self.specificQueriesPerSecond = specificQueriesPerSecond
        self.confirmingQueriesPerSecond = confirmingQueriesPerSecond
    }

    enum CodingKeys: String, CodingKey {
        case maxGroups = "max_groups"
        case maxGroupSources = "max_group_sources"
        case maxHosts = "max_hosts"
        case maxGroupsPerHost = "max_groups_per_host"
        case reportsPerSecond = "reports_per_second"
        case reportsPerSecondPerHost = "reports_per_second_per_host"
        case queriesPerSecond = "queries_per_second"
        case specificQueriesPerSecond = "specific_queries_per_second"
        case confirmingQueriesPerSecond = "confirming_queries_per_second"
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member(CodingKeys.maxGroups, maxGroups)
            json.member(CodingKeys.maxGroupSources, maxGroupSources)
            json.member(CodingKeys.maxHosts, maxHosts)
            json.member(CodingKeys.maxGroupsPerHost, maxGroupsPerHost)
            json.member(CodingKeys.reportsPerSecond, reportsPerSecond)
            json.member(CodingKeys.reportsPerSecondPerHost, reportsPerSecondPerHost)
            json.member(CodingKeys.queriesPerSecond, queriesPerSecond)
            json.member(CodingKeys.specificQueriesPerSecond, specificQueriesPerSecond)
            json.member(CodingKeys.confirmingQueriesPerSecond, confirmingQueriesPerSecond)
        }
    }
}

/// The reply of `GetStatistics`.
public struct StatisticsReply: Decodable, Equatable, Sendable, JSONWritable {
    public var interfaces: [InterfaceStatistics]
    public init(interfaces: [InterfaceStatistics]) { self.interfaces = interfaces }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("interfaces", interfaces) }
    }
}
