public import IPv6

/// One interface of the file.
public struct InterfaceSettings: Equatable, Sendable {
    public var name: String
    public var role: Role
    /// What the settings are made for that the file does not give.
    public var hosts = Hosts.trusted
    public var mld = MLDSettings()
    public var limits = InterfaceLimits()
    public var groups = GroupSettings()
    /// The widest scope whose zone ends here: groups of it, and of narrower ones, are not forwarded from or to the link
    /// (RFC 4007 §5).
    public var scopeBoundary: ScopeBoundary?
    /// Forward onto the link even while another router is its querier (against the rule of RFC 4605 §4.3).
    public var forwardAsNonQuerier = false
    /// Which sources the packets that come in there may have.
    public var sourceCheck = SourceCheck.strict

    public enum SourceCheck: String, CaseIterable, Sendable {
        /// Only such as unicast routing reaches over the interface, or over none that the agent serves.
        case strict
        /// None of the router's own, and none of another link's.
        case own
        case off
    }

    public enum Role: String, CaseIterable, Sendable {
        case downstream, upstream
    }

    /// Who may be on the link.
    public enum Hosts: String, CaseIterable, Sendable {
        case trusted
        /// Strangers: nobody else is believed to be querier, leaves are asked about, each host has its share.
        case untrusted
    }

    public init(name: String, role: Role, hosts: Hosts = .trusted) {
        self.name = name
        self.role = role
        self.hosts = hosts
        guard hosts == .untrusted else { return }
        mld.querierGuard = []
        mld.immediateLeave = false
        limits.maxGroupsPerHost = 256
        limits.reportsPerSecond = 10_000
        limits.reportsPerSecondPerHost = 100
        limits.specificQueriesPerSecond = 200
    }
}

/// Which groups hosts on an interface may have.
public struct GroupSettings: Equatable, Sendable {
    /// Empty: all.
    public var allow: [IPv6Prefix] = []
    public var deny: [IPv6Prefix] = []
    public init() {}
}

/// The multicast scopes between the link's and the global one (RFC 7346 §2).
public enum ScopeBoundary: String, CaseIterable, Sendable {
    case realm, admin, site, organization

    public var scope: MulticastScope {
        switch self {
        case .realm: MulticastScope(rawValue: 3)
        case .admin: MulticastScope(rawValue: 4)
        case .site: .siteLocal
        case .organization: MulticastScope(rawValue: 8)
        }
    }
}

/// Settings of MLD on an interface (RFC 9777 §9), with their defaults.
public struct MLDSettings: Equatable, Sendable {
    /// 1: for links with MLDv1 routers (§8.3.1).
    public var version = 2
    /// §9.2
    public var queryInterval: Duration = .seconds(125)
    /// §9.3, Query Response Interval; less than the query interval.
    public var queryMaxResponseTime: Duration = .seconds(10)
    /// §9.8, Last Listener Query Interval.
    public var lastMemberQueryInterval: Duration = .seconds(1)
    /// §9.9, Last Listener Query Count; nil: the robustness variable.
    public var lastMemberQueryCount: Int?
    /// §9.6; nil: a quarter of the query interval.
    public var startupQueryInterval: Duration?
    /// §9.7; nil: the robustness variable.
    public var startupQueryCount: Int?
    /// §9.1, 1 to 255.
    public var robustnessVariable = 2
    /// Stop at once, and ask then, when the last tracked listener leaves.
    public var immediateLeave = true
    /// Refuse messages without the Router Alert option (§5).
    public var requireRouterAlert = true
    public var listeningInterval: ListeningInterval = .rfc9777
    /// Fall back to MLDv1 for groups of which a version 1 host has been heard (§8.3).
    public var olderHostCompatibility = true
    /// The only routers that may be querier besides this one; empty: none may; nil: any.
    public var querierGuard: [IPv6Address]?

    /// How the Multicast Address Listening Interval is reckoned.
    public enum ListeningInterval: String, CaseIterable, Sendable {
        /// Robustness · query interval + 2 · query response interval (RFC 9777 §9.4).
        case rfc9777
        /// Robustness · query interval + query response interval (RFC 3810 §9.4).
        case rfc3810
    }

    public init() {}
}

/// What strangers can make an interface hold.
public struct InterfaceLimits: Equatable, Sendable {
    public var maxGroups = 65536
    public var maxGroupSources = 512
    public var maxHosts = 65536
    public var queriesPerSecond = 1000
    /// Queries that follow leaves believed at once; 0: none.
    public var confirmingQueriesPerSecond = 100
    // nil: none of the following limits.
    public var maxGroupsPerHost: Int?
    public var reportsPerSecond: Int?
    public var reportsPerSecondPerHost: Int?
    public var specificQueriesPerSecond: Int?
    public init() {}
}
