import IPv6
import MLD

extension MLDRouterFuzzer {
    /// Does something and checks what it did.
    mutating func step(_ body: (inout MLDRouterFuzzer) -> Void) {
        actions.removeAll(keepingCapacity: true)
        let before = suggested
        body(&self)
        let after = suggestions()
        suggested = after
        var told: Set<IPv6Address> = []
        for action in actions {
            switch action {
            case .suggestionChanged(let group): told.insert(group)
            case .send(let query, let destination): check(query, to: destination)
            case .event: break
            }
        }
        for (index, probe) in Self.probes.enumerated() where before[index] != after[index] {
            require(told.contains(probe.group), "routing is told that \(probe) is \(after[index])")
        }
        let configuration = router.configuration
        require(router.groupCount <= configuration.maximumGroups, "no more groups than allowed")
        require(router.hostCount <= configuration.maximumHosts, "no more hosts than allowed")
    }

    private func check(_ query: MLDQuery, to destination: IPv6Address) {
        require(destination == (query.isGeneral ? .allNodes : query.group), "the destination of a query")
        require(query.isGeneral || query.group.isMulticast, "a query is for a group")
        require(query.sources.count <= MLDQuery.sourceCapacity(mtu: router.mtu), "a query fits")
        require(Set(query.sources).count == query.sources.count, "a query asks for each source once")
        require(!router.configuration.isPassive, "an observer sends nothing")
        require(query.version == router.configuration.version, "queries are of the version that is configured")
        require(!query.isGeneral || query.sources.isEmpty && router.querier.isSelf, "only the querier asks all")
    }

    /// Whether each of a few flows is forwarded.
    private func suggestions() -> [Bool] {
        if router.groupCount == 0 { return Self.nothing }
        return Self.probes.map { router.forwards(source: $0.source, group: $0.group) }
    }

    static let nothing = [Bool](repeating: false, count: probes.count)
    private static let probes: [(source: IPv6Address, group: IPv6Address)] = [0, 1, 2, 3, 4, 5, 8].flatMap { group in
        (0..<4).map { (Self.source($0), Self.group(group)) }
    }

    /// What observers are told agrees with itself and with the limits.
    func checkListing() {
        let groups = router.groups
        require(groups.count == router.groupCount, "every group is listed")
        require(zip(groups, groups.dropFirst()).allSatisfy { $0 < $1 }, "groups are in order, each once")
        var hosts: Set<IPv6Address> = []
        var memberships = 0
        var sources = 0
        for group in groups {
            guard let listing = router.group(group) else {
                require(false, "a group that is listed is there")
                continue
            }
            check(listing)
            hosts.formUnion(listing.hosts.map(\.address))
            memberships += listing.hosts.reduce(0) { $0 + 1 + $1.sources.count }
            sources += listing.sources.count
        }
        require(hosts.count == router.hostCount, "every host is a member of something")
        require(memberships <= router.configuration.maximumMemberships, "no more memberships than allowed")
        require(sources <= router.configuration.maximumSources, "no more sources than allowed")
    }

    private func check(_ listing: GroupListing) {
        let group = listing.group
        require(group.isMulticast && group != .allNodes, "\(group) is a group")
        let sources = listing.sources.map(\.address)
        require(zip(sources, sources.dropFirst()).allSatisfy { $0 < $1 }, "sources are in order, each once")
        require(sources.count <= router.configuration.maximumGroupSources, "no more sources of a group than allowed")
        require(!sources.contains { $0.isMulticast || $0.isUnspecified }, "sources are unicast")
        for source in listing.sources {
            let forwards = router.forwards(source: source.address, group: group)
            require(forwards == (source.state == .forward), "\(source.address) is forwarded as listed")
            require((source.expires != nil) == forwards, "what is forwarded expires")
            require(forwards || listing.filterMode == .exclude, "only EXCLUDE blocks")
        }
        require(listing.filterMode == .exclude || !sources.isEmpty, "no group without a wish")
        require((listing.expires != nil) == (listing.filterMode == .exclude), "EXCLUDE expires")
        let hosts = listing.hosts.map(\.address)
        require(Set(hosts).count == hosts.count, "a host is listed once")
        require(router.listenerCount(group: group) == hosts.count, "the number of listeners")
        for host in listing.hosts {
            require(host.filterMode == .exclude || !host.sources.isEmpty, "\(host.address) wants something")
            require(
                host.filterMode == .include || listing.filterMode == .exclude,
                "\(host.address) in EXCLUDE mode is in a group in EXCLUDE mode")
        }
    }
}
