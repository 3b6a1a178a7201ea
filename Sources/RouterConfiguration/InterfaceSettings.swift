/// One interface of the file.
public struct InterfaceSettings: Equatable, Sendable {
    public var name: String
    public var role: Role
    public var mld = MLDSettings()
    public var limits = InterfaceLimits()
    /// Forward onto the link even while another router is its querier (against the rule of RFC 4605 §4.3).
    public var forwardAsNonQuerier = false

    public enum Role: String, CaseIterable, Sendable {
        case downstream, upstream
    }

    public init(name: String, role: Role) {
        self.name = name
        self.role = role
    }
}

/// Settings of MLD on an interface (RFC 9777 §9), with their defaults.
public struct MLDSettings: Equatable, Sendable {
    /// §9.2
    public var queryInterval: Duration = .seconds(125)
    /// §9.3, Query Response Interval; less than the query interval.
    public var queryMaxResponseTime: Duration = .seconds(10)
    /// §9.8, Last Listener Query Interval.
    public var lastMemberQueryInterval: Duration = .seconds(1)
    /// §9.1, 1 to 255.
    public var robustnessVariable = 2
    /// Stop at once, without asking, when the last tracked listener leaves.
    public var immediateLeave = true
    /// Refuse messages without the Router Alert option (§5).
    public var requireRouterAlert = true
    public var listeningInterval: ListeningInterval = .rfc9777
    /// Fall back to MLDv1 for groups of which a version 1 host has been heard (§8.3).
    public var olderHostCompatibility = true

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
    public init() {}
}
