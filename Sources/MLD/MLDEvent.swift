import IPv6

/// Which sources a membership is about (RFC 9777 §4.2, §7.2).
public enum FilterMode: UInt8, Hashable, Sendable {
    /// Those listed.
    case include
    /// All but those listed.
    case exclude
}

/// A limit of ``MLDConfiguration``.
public enum MLDLimit: UInt8, CaseIterable, Sendable {
    case groups, groupSources, sources, hosts, memberships, groupsPerHost, reports, reportsPerHost
    case queries, specificQueries, confirmingQueries
}

/// Something on the link that an administrator should look at.
public enum MLDWarning: UInt8, CaseIterable, Sendable {
    /// A version 1 general query while this router speaks version 2 (RFC 9777 §8.3.1).
    case olderVersionQuery
    /// A version 2 query while this router speaks version 1 (§8.3.1).
    case newerVersionQuery
    /// A query that is not from a link-local address (§5.1.14).
    case invalidQuerySource
    /// A query of a router that `querierGuard` does not name.
    case deniedQuerier
    /// The querier tells values of which no good can come; nearer ones are used (§9.1, §9.2).
    case unreasonableQuerier
    /// The querier's interval is longer than this router waits for it (Other Querier Present Interval, §9.5): they take
    /// turns. Once for a router.
    case slowQuerier
}

/// Something that an observer of one link may want to know.
public enum MLDEvent: Hashable, Sendable {
    case groupAdded(group: IPv6Address)
    case groupRemoved(group: IPv6Address)
    case sourceAdded(group: IPv6Address, source: IPv6Address)
    case sourceRemoved(group: IPv6Address, source: IPv6Address)
    case modeChanged(group: IPv6Address, mode: FilterMode)
    case hostJoined(group: IPv6Address, host: IPv6Address)
    case hostLeft(group: IPv6Address, host: IPv6Address)
    /// Comes also at the start, when this router begins as querier.
    case querierChanged(address: IPv6Address, isSelf: Bool)
    /// New state, or a message, was refused. At most once a minute for each limit, with the host that came last;
    /// ``MLDStatistics`` counts all.
    case limitReached(MLDLimit, host: IPv6Address)
    /// A host wants a source-specific group without naming a source, which is ignored. At most once a minute, with the group
    /// and the host that came last; ``MLDStatistics`` counts all.
    case sourceMissing(group: IPv6Address, host: IPv6Address)
    /// At most once a minute for each.
    case warning(MLDWarning, from: IPv6Address)
}
