import IPv6
import SeededRandom

/// A link: who is on it, how it treats messages, and what has happened to it.
final class SimulatedLink {
    /// What has happened to one group on it.
    struct Group: Sendable {
        /// Positions of the hosts that want it.
        var hosts: [Int] = []
        /// The last time that a host wanted it in EXCLUDE mode; `.max` while one does.
        var lastExclude: UInt64?
        /// The last time that a host excluded sources by name, or named more than one message may hold.
        var lastList: UInt64?
        /// Until then the short bounds for stopping do not hold.
        var roughUntil: UInt64 = 0
        /// State may have been made by others than listeners until then.
        var forgedUntil: UInt64 = 0
        /// When a host last changed its filter mode.
        var lastModeChange: UInt64?
        /// When a router last asked for it.
        var lastQuery: UInt64?
        /// The last few times that a host changed its wish, or seemed to.
        private var lastLeaves: [UInt64] = []
        /// As those of a port, for one group.
        var calmSince: UInt64 = 0
        var safeFrom: UInt64 = 0

        mutating func noteLeave(at time: UInt64) {
            lastLeaves = lastLeaves.suffix(7) + [time]
        }

        func leaves(since time: UInt64, within interval: UInt64) -> Int { lastLeaves.count { $0 + interval >= time } }

        /// While a change of mode is repeated, another change comes as TO_IN with the new list. A tracking router cannot tell
        /// it from a part of a longer list, and asks.
        func isUnclear(at time: UInt64, _ bounds: LinkBounds) -> Bool {
            lastModeChange.map { time <= $0 + bounds.repetition } ?? false
        }
    }

    let plan: SimulationPlan.Link
    let bounds: LinkBounds
    /// Nodes by slot, ports first.
    var nodes: [Node] = []
    var ports: [Int] = []
    var groups: [Group]
    var random: SeededGenerator
    /// When the latest message arrives: at each node, or between two, ports × nodes, to and fro.
    private var lastArrivals: [UInt64] = []
    /// Times of the losses of each host, and between two routers.
    private var losses: [Int: [UInt64]] = [:]
    /// The last of them.
    private(set) var lastLoss: UInt64?
    var stormUntil: UInt64 = 0
    var stormLoss = 0.0
    var reorderingUntil: UInt64 = 0
    /// Which nodes, by slot, are on the other side; empty: it is whole. Stays after the end, with `healed`.
    var sides: [Bool] = []
    var isCut = false
    var cutUntil: UInt64 = 0
    /// The end of the last partition.
    var healed: UInt64 = 0
    /// When a router last asked for a group.
    var lastSpecificQuery: UInt64?
    /// There is one querier from then on.
    var electionCalm: UInt64 = 0
    /// Nobody believes in a querier that was made up from then on.
    var pretenderUntil: UInt64 = 0
    /// The short bounds for stopping hold from then on.
    var stopCalm: UInt64 = 0
    /// The end of the last trouble of any kind.
    var troubleUntil: UInt64 = 0

    init(_ plan: SimulationPlan.Link, groupCount: Int, seed: UInt64) {
        self.plan = plan
        bounds = LinkBounds(plan, unsolicitedReportInterval: SimulatedHost.unsolicitedReportInterval)
        groups = [Group](repeating: Group(), count: groupCount)
        random = SeededGenerator(seed: seed)
    }

    /// To be called when all nodes are on it.
    func prepare() {
        let slots = nodes.count + 1
        lastArrivals = [UInt64](repeating: 0, count: plan.keepsOrder ? slots : 2 * ports.count * slots)
    }

    /// The slot of somebody who is not in the plan.
    var strangerSlot: Int { nodes.count }

    /// Whether messages between two nodes get through.
    func connects(_ a: Int, _ b: Int) -> Bool { !isCut || a >= sides.count || b >= sides.count || sides[a] == sides[b] }

    /// Whether two nodes were apart in the last partition, which is over.
    func wereApart(_ a: Int, _ b: Int) -> Bool {
        !isCut && healed > 0 && a < sides.count && b < sides.count && sides[a] != sides[b]
    }

    /// When a message sent at `time` arrives; nil if it is lost.
    func arrival(from: Int, to: Int, at time: UInt64) -> UInt64? {
        if !connects(from, to) || isLost(from, to, at: time) { return nil }
        var longest = plan.delay
        if time < reorderingUntil { longest = longest.lowerBound...(longest.upperBound * 40) }
        let arrival = time + UInt64.random(in: longest, using: &random)
        guard time >= reorderingUntil else { return arrival }
        guard let index = plan.keepsOrder ? to : direction(from, to) else { return arrival }
        lastArrivals[index] = max(lastArrivals[index], arrival)
        return lastArrivals[index]
    }

    /// Messages between a router and anybody keep their order.
    private func direction(_ from: Int, _ to: Int) -> Int? {
        let width = nodes.count + 1
        if from < ports.count { return from * width + to }
        if to < ports.count { return (ports.count + to) * width + from }
        return nil
    }

    private func isLost(_ from: Int, _ to: Int, at time: UInt64) -> Bool {
        if time < stormUntil { return Double.random(in: 0..<1, using: &random) < stormLoss }
        guard plan.boundedLoss > 0, from < strangerSlot, Double.random(in: 0..<1, using: &random) < plan.boundedLoss
        else { return false }
        // What a listener loses counts for it, whichever router it was: a router hears answers to another one's queries.
        let key = max(from, to) < ports.count ? -1 - min(from, to) * ports.count - max(from, to) : max(from, to)
        var recent = losses[key] ?? []
        recent.removeAll { $0 + bounds.listening <= time }
        guard recent.count < plan.configuration.robustnessVariable - 1 else { return false }
        recent.append(time)
        lastLoss = time
        losses[key] = recent
        return true
    }

    func comesTwice() -> Bool {
        plan.duplication > 0 && Double.random(in: 0..<1, using: &random) < plan.duplication
    }
}
