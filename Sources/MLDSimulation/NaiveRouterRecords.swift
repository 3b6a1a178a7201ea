import IPv6
import Timing

extension NaiveRouter {
    /// One multicast address record (RFC 9777 §7.4). Types are those of §5.2.12.
    mutating func apply(type: Int, _ address: IPv6Address, _ named: Set<IPv6Address>, at now: Instant) {
        guard address.isMulticast, address != .allNodes, (1...6).contains(type) else { return }
        if address.isSourceSpecific && (type == 2 || type == 4) { return }
        var sources = named.filter { !$0.isUnspecified && !$0.isMulticast }
        var group = groups[address] ?? NaiveGroup()
        if let end = group.version1Until, end > now {  // §8.3.2
            if type == 6 { return }
            if type == 4 { sources = [] }
        }
        let (query, asksGroup) =
            group.mode == .include
            ? applyInInclude(type, sources, to: &group, at: now) : applyInExclude(type, sources, to: &group, at: now)
        // Before anything is sent: what goes out along with it says S, since this host wants the group.
        if type == 2 || type == 4 { group.filterTimer = now + operating.multicastAddressListeningInterval }
        group.dropIdleQueries()
        if isQuerier { ask(query, asksGroup: asksGroup, of: address, in: &group, at: now) }
        groups[address] = group.isEmpty ? nil : group
    }

    /// The rows INCLUDE(A) of the tables of §7.4.1 and §7.4.2: the sources that are to be queried.
    private func applyInInclude(_ type: Int, _ b: Set<IPv6Address>, to group: inout NaiveGroup, at now: Instant)
        -> (Set<IPv6Address>, Bool)
    {
        let end = now + operating.multicastAddressListeningInterval
        let a = Set(group.listed.keys)
        switch type {
        case 1, 5:  // IS_IN, ALLOW
            for source in b { group.listed[source] = end }
            return ([], false)
        case 2, 4:  // IS_EX, TO_EX
            group.mode = .exclude
            for source in a.subtracting(b) { group.listed[source] = nil }
            group.blocked = b.subtracting(a)
            return (type == 4 ? a.intersection(b) : [], false)
        case 3:  // TO_IN
            for source in b { group.listed[source] = end }
            return (a.subtracting(b), false)
        default:  // BLOCK
            return (a.intersection(b), false)
        }
    }

    /// The rows EXCLUDE(X,Y): the sources that are to be queried, and whether Q(MA) is to be sent.
    private func applyInExclude(_ type: Int, _ a: Set<IPv6Address>, to group: inout NaiveGroup, at now: Instant)
        -> (Set<IPv6Address>, Bool)
    {
        let end = now + operating.multicastAddressListeningInterval
        let x = Set(group.listed.keys)
        let y = group.blocked
        switch type {
        case 1, 3, 5:  // IS_IN, TO_IN, ALLOW
            for source in a { group.listed[source] = end }
            group.blocked = y.subtracting(a)
            return type == 3 ? (x.subtracting(a), true) : ([], false)
        case 2, 4:  // IS_EX, TO_EX
            for source in a.subtracting(x).subtracting(y) {
                group.listed[source] = type == 2 ? end : group.filterTimer
            }
            for source in x.subtracting(a) { group.listed[source] = nil }
            group.blocked = y.intersection(a)
            return (type == 4 ? a.subtracting(y) : [], false)
        default:  // BLOCK
            for source in a.subtracting(x).subtracting(y) { group.listed[source] = group.filterTimer }
            return (a.subtracting(y), false)
        }
    }

    /// §8.3.2: version 1 mode for as long as such hosts are heard, and IS_EX({}).
    mutating func hearVersion1Report(_ address: IPv6Address, at now: Instant) {
        guard configuration.olderHostCompatibility, !address.isSourceSpecific else { return }
        apply(type: 2, address, [], at: now)
        groups[address]?.version1Until = now + operating.olderVersionHostPresentInterval
    }

    /// What happens to a record at `now`: §7.2.2, §7.2.3, §7.5, §8.3.2, then what is to be asked again.
    mutating func expire(_ address: IPv6Address, at now: Instant) {
        guard var group = groups[address] else { return }
        group.filterTimer = group.filterTimer.map { $0 <= now ? held($0) : $0 }
        for (source, end) in group.listed where end <= now { group.listed[source] = held(end) }
        for (source, end) in group.listed where end <= now {
            group.listed[source] = nil
            if group.mode == .exclude { group.blocked.insert(source) }
        }
        if let end = group.filterTimer, end <= now {
            group.mode = .include
            group.filterTimer = nil
            group.blocked = []
        }
        if let end = group.version1Until, end <= now { group.version1Until = nil }
        group.dropIdleQueries()
        if let next = group.nextQuery, next <= now { sendQueries(of: address, in: &group, at: now) }
        groups[address] = group.isEmpty ? nil : group
    }
}
