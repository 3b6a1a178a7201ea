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
    case groups, groupSources, sources, hosts, memberships
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
    /// New state was refused. At most once a minute for each limit; ``MLDStatistics`` counts all.
    case limitReached(MLDLimit)
}
