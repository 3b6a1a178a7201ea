package import IPv6
package import MLD
package import RouterControl
package import Timing

/// Membership as the control interface shows it.
extension GroupStatus {
    package init(_ listing: GroupListing, interface: String, at now: Instant) {
        self.init(
            interface: interface, groupAddress: "\(listing.group)", filterMode: FilterMode(listing.filterMode),
            compatibility: listing.compatibility == .mldv1 ? .mldv1 : .mldv2,
            upTime: (now - listing.created).inSeconds, expire: seconds(until: listing.expires, from: now),
            lastReporter: listing.lastReporter.isUnspecified ? nil : "\(listing.lastReporter)",
            sources: listing.sources.map { SourceStatus($0, at: now) },
            hosts: listing.hosts.sorted { $0.address < $1.address }.map { HostStatus($0, at: now) })
    }
}

extension SourceStatus {
    fileprivate init(_ source: GroupListing.Source, at now: Instant) {
        self.init(
            sourceAddress: "\(source.address)", expire: seconds(until: source.expires, from: now),
            upTime: (now - source.created).inSeconds, state: source.state == .forward ? .forward : .block)
    }
}

extension HostStatus {
    fileprivate init(_ host: GroupListing.Host, at now: Instant) {
        self.init(
            hostAddress: "\(host.address)", hostFilterMode: GroupStatus.FilterMode(host.filterMode),
            expire: seconds(until: host.expires, from: now))
    }
}

extension ListenerStatus {
    package init(_ host: GroupListing.Host, group: IPv6Address, interface: String, at now: Instant) {
        self.init(
            interface: interface, hostAddress: "\(host.address)", groupAddress: "\(group)",
            hostFilterMode: GroupStatus.FilterMode(host.filterMode), sources: host.sources.map { "\($0)" },
            expire: seconds(until: host.expires, from: now))
    }
}

extension GroupStatus.FilterMode {
    package init(_ mode: FilterMode) { self = mode == .include ? .include : .exclude }
}

extension InterfaceStatistics {
    package init(_ counted: MLDStatistics, interface: String) {
        let errors = counted.errors
        self.init(
            interface: interface, received: MessageCounts(counted.received), sent: MessageCounts(counted.sent),
            error: ErrorCounts(
                checksum: errors.checksum, tooShort: errors.tooShort, tooLong: errors.tooLong,
                fragment: errors.fragment, hopLimit: errors.hopLimit, sourceAddress: errors.sourceAddress,
                routerAlert: errors.routerAlert, unknownType: errors.unknownType, malformed: errors.malformed,
                limit: errors.limit, denied: errors.denied, noSource: errors.noSource, dropped: errors.dropped),
            limit: LimitCounts(counted.limits))
    }
}

extension MessageCounts {
    fileprivate init(_ messages: MLDStatistics.Messages) {
        self.init(
            query: messages.query, report: messages.report, reportV1: messages.reportV1, done: messages.done)
    }
}

extension LimitCounts {
    fileprivate init(_ limits: MLDStatistics.Limits) {
        self.init(
            maxGroups: limits[.groups] + limits[.sources] + limits[.memberships],
            maxGroupSources: limits[.groupSources],
            maxHosts: limits[.hosts], maxGroupsPerHost: limits[.groupsPerHost], reportsPerSecond: limits[.reports],
            reportsPerSecondPerHost: limits[.reportsPerHost], queriesPerSecond: limits[.queries],
            specificQueriesPerSecond: limits[.specificQueries],
            confirmingQueriesPerSecond: limits[.confirmingQueries])
    }
}

extension RouterEvent {
    package init(_ event: MLDEvent, interface: String, at time: Double) {
        self.init(time: time, event: Kind(event), interface: interface)
        switch event {
        case .groupAdded(let group), .groupRemoved(let group): groupAddress = "\(group)"
        case .sourceAdded(let group, let source), .sourceRemoved(let group, let source):
            groupAddress = "\(group)"
            sourceAddress = "\(source)"
        case .modeChanged(let group, let mode):
            groupAddress = "\(group)"
            filterMode = GroupStatus.FilterMode(mode)
        case .hostJoined(let group, let host), .hostLeft(let group, let host):
            groupAddress = "\(group)"
            hostAddress = "\(host)"
        case .querierChanged(let address, let isSelf):
            let known = address.isUnspecified ? nil : "\(address)"  // an observer may know of none
            querier = QuerierStatus(address: known, isSelf: isSelf, expire: nil)
        case .limitReached(let limit, let host):
            self.limit = limit.key
            hostAddress = "\(host)"
            message = limit.consequence
        case .sourceMissing(let group, let host):
            groupAddress = "\(group)"
            hostAddress = "\(host)"
            message = MLDEvent.sourceMissingText
        case .warning(let warning, let address):
            hostAddress = "\(address)"
            message = warning.text
        }
    }
}

extension RouterEvent.Kind {
    fileprivate init(_ event: MLDEvent) {
        self =
            switch event {
            case .groupAdded: .groupAdded
            case .groupRemoved: .groupRemoved
            case .sourceAdded: .sourceAdded
            case .sourceRemoved: .sourceRemoved
            case .modeChanged: .modeChanged
            case .hostJoined: .hostJoined
            case .hostLeft: .hostLeft
            case .querierChanged: .querierChanged
            case .limitReached: .limitReached
            case .sourceMissing, .warning: .warning
            }
    }
}

extension MLDLimit {
    /// The configuration key that sets it, or for the derived ones, that it follows.
    package var key: String {
        switch self {
        case .groups, .sources, .memberships: "max-groups"
        case .groupSources: "max-group-sources"
        case .hosts: "max-hosts"
        case .groupsPerHost: "max-groups-per-host"
        case .reports: "reports-per-second"
        case .reportsPerHost: "reports-per-second-per-host"
        case .queries: "queries-per-second"
        case .specificQueries: "specific-queries-per-second"
        case .confirmingQueries: "confirming-queries-per-second"
        }
    }

    /// What it means to be there, for a person.
    package var consequence: String {
        switch self {
        case .groups, .groupSources, .sources, .groupsPerHost: "new state is refused, what is known is kept"
        case .hosts, .memberships: "more hosts are served, but their leaving is settled by queries"
        case .reports, .reportsPerHost: "reports are dropped; hosts repeat them"
        case .queries: "queries are dropped, the querier's last"
        case .specificQueries: "leaves wait until their queries may be sent"
        case .confirmingQueries: "leaves are believed without being asked about"
        }
    }
}

extension MLDEvent {
    /// For a person: what was heard, and what to do.
    package static let sourceMissingText =
        "a host wants a source-specific group (ff3x::/32) without naming a source, which is ignored; "
        + "name the source there (an MLDv1 host cannot), or use a group such as ff1e::1"
}

extension MLDWarning {
    /// For a person: what was heard, and what to do.
    package var text: String {
        switch self {
        case .olderVersionQuery:
            "an MLDv1 router sends queries here; set version: 1 on this interface, or make it speak MLDv2"
        case .newerVersionQuery: "an MLDv2 router sends queries here; set version: 2 on this interface, or remove it"
        case .invalidQuerySource: "a query that is not from a link-local address is dropped"
        case .deniedQuerier: "a query of a router that querier-guard does not name is dropped"
        case .unreasonableQuerier:
            "the querier tells a robustness or query interval out of bounds; nearer ones are used"
        case .slowQuerier:
            "the querier's interval is longer than this router waits for it, so that they take turns and listeners get "
                + "some packets twice; give both the same query-interval"
        }
    }
}

/// The seconds until a deadline, 0 for one that has passed; nil where no timer runs.
package func seconds(until deadline: Instant?, from now: Instant) -> Double? {
    guard let deadline, deadline != .distantFuture else { return nil }
    return max(0, (deadline - now).inSeconds)
}
