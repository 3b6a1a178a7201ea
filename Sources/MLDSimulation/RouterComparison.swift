import IPv6
import MLD
import Timing

/// What an `MLDRouter` and a ``NaiveRouter`` that were given the same do not agree on.
///
/// The router has to run without immediate leave: the model knows no tracking of hosts.
public enum RouterComparison {
    /// A query of the router under test, with the instant of the call that returned it.
    public struct Sent: Sendable {
        public var time: Instant
        public var query: MLDQuery
        public var destination: IPv6Address

        public init(time: Instant, query: MLDQuery, destination: IPv6Address) {
            self.time = time
            self.query = query
            self.destination = destination
        }
    }

    /// One disagreement, in words.
    public struct Difference: Sendable, Equatable, CustomStringConvertible {
        /// What it is about: a group, `querier` or `queries`.
        public var subject: String
        public var router: String
        public var model: String
        public var description: String { "\(subject): the router has \(router), the model \(model)" }
    }

    /// Compares everything: queries sent since the last comparison, querier, all groups. Empty if both agree.
    public static func differences(
        _ router: MLDRouter, sent: [Sent], _ model: NaiveRouter, modelSent: [NaiveRouter.Query]
    ) -> [Difference] {
        var found: [Difference] = []
        let known = router.groups
        for address in known {
            if let difference = difference(of: address, router, model) { found.append(difference) }
        }
        for address in model.groups.keys.sorted() where !known.contains(address) {
            if let difference = difference(of: address, router, model) { found.append(difference) }
        }
        if let difference = querierDifference(router, model) { found.append(difference) }
        return found + queryDifferences(sent, modelSent, mtu: router.mtu)
    }

    /// Compares the state of one group; nil if both agree.
    public static func difference(of address: IPv6Address, _ router: MLDRouter, _ model: NaiveRouter) -> Difference? {
        let listing = router.group(address)
        let group = model.groups[address]
        if listing == nil && group == nil { return nil }
        if let listing, let group, agree(listing, group), router.isWanted(group: address),
            listing.sources.allSatisfy({
                router.forwards(source: $0.address, group: address) == group.forwards($0.address)
            })
        {
            return nil
        }
        return Difference(
            subject: "\(address)", router: listing.map { text($0) } ?? "nothing",
            model: group.map { text($0) } ?? "nothing")
    }

    private static func agree(_ listing: GroupListing, _ group: NaiveGroup) -> Bool {
        guard (listing.filterMode == .include) == (group.mode == .include), listing.expires == group.filterTimer,
            (listing.compatibility == .mldv1) == (group.version1Until != nil),
            listing.sources.count == group.listed.count + group.blocked.count
        else { return false }
        return listing.sources.allSatisfy { source in
            switch source.state {
            case .forward: source.expires != nil && group.listed[source.address] == source.expires
            case .block: source.expires == nil && group.blocked.contains(source.address)
            }
        }
    }

    private static func querierDifference(_ router: MLDRouter, _ model: NaiveRouter) -> Difference? {
        guard model.isRunning else { return nil }
        let querier = router.querier
        guard !querier.isSelf || model.otherQuerier != nil else { return nil }
        if !querier.isSelf, querier.address == model.otherQuerier, querier.expires == model.otherQuerierUntil {
            return nil
        }
        return Difference(
            subject: "querier",
            router: querier.isSelf ? "itself" : "\(querier.address) until \(text(querier.expires))",
            model: model.otherQuerier.map { "\($0) until \(text(model.otherQuerierUntil))" } ?? "itself")
    }

    /// What was asked at one instant for one group, with S or without: how often, and in how many messages. How a list of
    /// sources is cut to messages that fit, and the order of messages, are the router's business.
    private struct Asked: Hashable {
        var time: Instant
        var group: IPv6Address
        var suppress: Bool
        /// False for general queries and Q(MA).
        var namesSources: Bool
    }

    private struct Amount: Equatable {
        var messages = 0
        var sources: [IPv6Address: Int] = [:]
        /// Milliseconds.
        var delays: Set<Int> = []
        /// QRV and QQI.
        var settings: Set<[Int]> = []
        /// What is wrong with single messages.
        var faults: Set<String> = []
    }

    private static func queryDifferences(_ sent: [Sent], _ expected: [NaiveRouter.Query], mtu: Int) -> [Difference] {
        if sent.isEmpty && expected.isEmpty { return [] }
        var had: [Asked: Amount] = [:]
        for item in sent {
            let query = item.query
            let asked = Asked(
                time: item.time, group: query.group, suppress: query.suppressRouterSideProcessing,
                namesSources: !query.sources.isEmpty)
            had[asked, default: Amount()].messages += 1
            had[asked]?.delays.insert(Int(query.maximumResponseDelay))
            had[asked]?.settings.insert([Int(query.robustnessVariable), Int(query.queryInterval)])
            for source in query.sources { had[asked]?.sources[source, default: 0] += 1 }
            if item.destination != query.destination { had[asked]?.faults.insert("sent to \(item.destination)") }
            if query.version != .mldv2 { had[asked]?.faults.insert("version 1") }
            if 76 + 16 * query.sources.count > max(mtu, 92) { had[asked]?.faults.insert("beyond the MTU") }
        }
        var wanted: [Asked: Amount] = [:]
        for query in expected {
            let asked = Asked(
                time: query.time, group: query.group, suppress: query.suppress, namesSources: !query.sources.isEmpty)
            wanted[asked, default: Amount()].messages += max(
                1, (query.sources.count + query.capacity - 1) / query.capacity)
            wanted[asked]?.delays.insert(query.maximumResponseDelay)
            wanted[asked]?.settings.insert([query.robustness, query.interval])
            for source in query.sources { wanted[asked]?.sources[source, default: 0] += 1 }
        }
        return Set(had.keys).union(wanted.keys).filter { had[$0] != wanted[$0] }
            .sorted { ($0.time, $0.group, $0.suppress ? 1 : 0) < ($1.time, $1.group, $1.suppress ? 1 : 0) }
            .map { asked in
                let name =
                    asked.group.isUnspecified
                    ? "general query" : asked.namesSources ? "Q(\(asked.group),X)" : "Q(\(asked.group))"
                return Difference(
                    subject: "\(name) with S=\(asked.suppress ? 1 : 0) at \(text(asked.time))",
                    router: text(had[asked]), model: text(wanted[asked]))
            }
    }
}

// MARK: as text, in virtual seconds

extension RouterComparison {
    static func text(_ instant: Instant?) -> String {
        guard let instant else { return "never" }
        let fraction = String(instant.nanoseconds % 1_000_000_000)
        return "\(instant.nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
    }

    private static func text(_ listing: GroupListing) -> String {
        text(
            isInclude: listing.filterMode == .include, listing.expires,
            listing.sources.filter { $0.state == .forward }.map { ($0.address, $0.expires) },
            listing.sources.filter { $0.state == .block }.map { ($0.address, $0.expires) },
            isVersion1: listing.compatibility == .mldv1)
    }

    private static func text(_ group: NaiveGroup) -> String {
        text(
            isInclude: group.mode == .include, group.filterTimer,
            group.listed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            group.blocked.sorted().map { ($0, nil) }, isVersion1: group.version1Until != nil)
    }

    private static func text(
        isInclude: Bool, _ filterTimer: Instant?, _ listed: [(IPv6Address, Instant?)],
        _ blocked: [(IPv6Address, Instant?)], isVersion1: Bool
    ) -> String {
        let names = listed.map { "\($0) until \(text($1))" }.joined(separator: " ")
        let others = blocked.map { $1 == nil ? "\($0)" : "\($0) until \(text($1))" }.joined(separator: " ")
        let version = isVersion1 ? ", version 1" : ""
        if isInclude && filterTimer == nil && blocked.isEmpty { return "INCLUDE(\(names))\(version)" }
        return "\(isInclude ? "INCLUDE" : "EXCLUDE")(\(names); \(others)) until \(text(filterTimer))\(version)"
    }

    private static func text(_ amount: Amount?) -> String {
        guard let amount else { return "not sent it" }
        let sources = amount.sources.sorted { $0.key < $1.key }.map { $1 == 1 ? "\($0)" : "\($0) \($1) times" }
        return "sent \(amount.messages) messages (\(sources.joined(separator: " ")))"
            + amount.delays.sorted().map { ", \($0) ms" }.joined()
            + amount.settings.map { ", QRV \($0[0]), QQI \($0[1])" }.sorted().joined()
            + amount.faults.sorted().map { ", \($0)" }.joined()
    }
}
