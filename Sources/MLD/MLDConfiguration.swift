import IPv6

/// The settings of the router part on one link, with the defaults of RFC 9777 §9.
public struct MLDConfiguration: Sendable, Equatable {
    /// Which formula the multicast address listening interval follows.
    public enum ListeningInterval: Sendable {
        /// RV·QI + 2·QRI (RFC 9777 §9.4).
        case rfc9777
        /// RV·QI + QRI (RFC 3810 §9.4).
        case rfc3810
    }

    /// Version 1 mode is for links with routers that know no better (§8.3.1): queries of version 1 go out, and every group
    /// is treated as in version 1.
    public var version = MLDVersion.mldv2
    /// Hears only: takes no part in the election and sends nothing. Timers are lowered by the queries that it hears.
    public var isPassive = false
    /// A passive router that decides as the querier of the link does, without asking: the queries of the one that it hears it
    /// takes for its own. So it has the same state as that router at the same time.
    public var standsInForQuerier = false
    /// Count reports from `::`, which hosts send before they have an address. A snooper does (RFC 4541 §3), a router does
    /// not (§5.2.14).
    public var acceptsUnspecifiedReporters = false
    /// The only other routers whose queries count; empty: none; nil: any.
    public var querierGuard: [IPv6Address]?
    /// Which groups may have state.
    public var groupFilter = GroupFilter()

    /// How many lost packets in a row are survived (§9.1), 1…255. 1 survives none; 0 is taken as 1.
    public var robustnessVariable = 2
    /// Between general queries (§9.2).
    public var queryInterval: Duration = .seconds(125)
    /// How long listeners may take to answer a general query (§9.3); below the query interval.
    public var queryResponseInterval: Duration = .seconds(10)
    /// Between specific queries, and how long listeners may take to answer one (§9.8).
    public var lastListenerQueryInterval: Duration = .seconds(1)
    /// Specific queries sent before listeners are taken to be gone (§9.9); nil: the robustness variable.
    public var lastListenerQueryCount: Int?
    /// Between general queries at the start (§9.6); nil: a quarter of the query interval.
    public var startupQueryInterval: Duration?
    /// General queries at the start (§9.7); nil: the robustness variable.
    public var startupQueryCount: Int?
    public var listeningInterval = ListeningInterval.rfc9777
    /// Drop state at once, and ask then, when the last tracked host leaves.
    public var immediateLeave = true
    /// Refuse messages without the Router Alert option (§7.4, §7.6).
    public var requireRouterAlert = true
    /// Obey version 1 reports and done messages (§8.3).
    public var olderHostCompatibility = true

    /// Groups with state on this link.
    public var maximumGroups = 65_536
    /// Sources with state in one group.
    public var maximumGroupSources = 512
    /// Hosts that are tracked. Those beyond are served, but their leaving is settled by queries.
    public var maximumHosts = 65_536

    /// Groups that one host may be listening to; nil: any number. With this limit a host that cannot be tracked is refused.
    public var maximumGroupsPerHost: Int?
    /// Reports and done messages that are looked at, of all hosts; nil: all. Hosts that are listening already go first.
    public var reportsPerSecond: Int?
    /// The same of each host.
    public var reportsPerSecondPerHost: Int?
    /// Queries of other routers that are looked at; the querier that is followed goes first.
    public var queriesPerSecond = 1000
    /// Specific queries that leaving may cause; nil: any number. Leaves beyond it wait their turn.
    public var specificQueriesPerSecond: Int?
    /// Specific queries that follow leaves believed at once; 0: none. Leaves beyond it are not asked about.
    ///
    /// The default takes some 70 kbit/s of a link, and lets fifty hosts a second leave. Most links see a few.
    public var confirmingQueriesPerSecond = 100
    /// Series of specific queries that one group may begin within a last listener query interval. Leaves beyond it wait
    /// for its end and are asked about together.
    public var querySeriesPerGroup = 16

    public init() {}
}

extension MLDConfiguration {
    /// Sources with state in all groups together, so that the product of the two limits is never reached.
    public var maximumSources: Int { maximumGroups.multipliedSaturating(by: 4) }

    /// Tracked memberships, hosts times groups, each source that a host names counted as one more. Beyond it, as beyond
    /// `maximumHosts`, leaving is settled by queries.
    public var maximumMemberships: Int { maximumGroups.multipliedSaturating(by: 8) }

    private var robustness: Int { min(max(robustnessVariable, 1), 255) }

    /// MALI: how long a membership lasts that is not refreshed (§9.4).
    public var multicastAddressListeningInterval: Duration {
        let responses = listeningInterval == .rfc9777 ? 2 : 1
        return queryInterval * robustness + queryResponseInterval * responses
    }

    /// How long another querier is believed to be there after its last query (§9.5).
    public var otherQuerierPresentInterval: Duration { queryInterval * robustness + queryResponseInterval / 2 }

    /// How long a group stays in version 1 mode after the last version 1 report (§9.13).
    public var olderVersionHostPresentInterval: Duration { queryInterval * robustness + queryResponseInterval }

    /// §9.9 with its default applied; 1…255.
    public var effectiveLastListenerQueryCount: Int { min(max(lastListenerQueryCount ?? robustness, 1), 255) }

    /// LLQT: from a leave until the state goes, if nobody answers (§9.10).
    public var lastListenerQueryTime: Duration { lastListenerQueryInterval * effectiveLastListenerQueryCount }

    /// §9.6 with its default applied.
    public var effectiveStartupQueryInterval: Duration { startupQueryInterval ?? queryInterval / 4 }

    /// §9.7 with its default applied; 1…255.
    public var effectiveStartupQueryCount: Int { min(max(startupQueryCount ?? robustness, 1), 255) }
}

extension Int {
    /// The product, or the largest Int where it does not fit.
    fileprivate func multipliedSaturating(by factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
