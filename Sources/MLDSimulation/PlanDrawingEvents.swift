import MLD
import SeededRandom

extension PlanDrawing {
    /// What users do and what goes wrong, until `active`.
    mutating func drawEvents(of plan: inout SimulationPlan, _ bounds: [LinkBounds], active: UInt64) {
        var events: [SimulationPlan.Event] = []
        let actions = Double(active) / 1e9 / 30
        for host in plan.hosts {
            let count = Int.random(in: 1...max(2, min(8, Int(actions))), using: &random)
            for _ in 0..<count { events.append(userAction(of: host, in: plan, events.last, active)) }
        }
        let isLarge = plan.hosts.count > 100
        for link in plan.links.indices {
            for _ in 0..<faultCount(isLarge) {
                var at = UInt64.random(in: 0...active, using: &random)
                if profile == .forgedLeaves, chance(0.5), let other = events.randomElement(using: &random)?.at {
                    at = other + UInt64.random(in: 0...2 * Self.second, using: &random)
                }
                if let action = trouble(on: link, in: plan, bounds[link]) {
                    events.append(.init(at: at, action: action))
                }
            }
        }
        if chance(0.5) {
            for host in plan.hosts {
                let at = active + UInt64.random(in: 0...Self.second, using: &random)
                for group in plan.groups.indices {
                    events.append(.init(at: at, action: .want(host: host.number, group: group, .nothing)))
                }
            }
        }
        // In the order of time, and for equal times as drawn.
        plan.events = events.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    // MARK: users

    private mutating func userAction(
        of host: SimulationPlan.Host, in plan: SimulationPlan, _ last: SimulationPlan.Event?, _ active: UInt64
    ) -> SimulationPlan.Event {
        var at = UInt64.random(in: 0...active, using: &random)
        // What happens close together is what goes wrong.
        if let last, last.at < active, chance(0.5) {
            let gaps: [UInt64] = [0, 1_000_000, 20_000_000, 400_000_000, Self.second, 2 * Self.second, 5 * Self.second]
            at = last.at + UInt64.random(in: 0...draw(gaps, or: 0), using: &random)
        }
        let vanishes = profile == .crashing ? 0.2 : profile == .quiet ? 0 : 0.04
        if chance(vanishes) { return .init(at: at, action: .vanish(host: host.number)) }
        let group = Int.random(in: 0..<plan.groups.count, using: &random)
        return .init(at: at, action: .want(host: host.number, group: group, wish(host, group, in: plan)))
    }

    private mutating func wish(_ host: SimulationPlan.Host, _ group: Int, in plan: SimulationPlan) -> Wish {
        let isSpecific = plan.groups[group].isSourceSpecific
        if host.version == .mldv1 { return isSpecific || chance(0.3) ? .nothing : Wish(.exclude, .none) }
        if chance(0.25) { return .nothing }
        // Users stay within the limits; strangers name the other sources.
        let named = profile == .hostile ? 3 : plan.sourceCount
        if isSpecific || chance(0.3) { return Wish(.include, sources(named, named)) }
        // Longer lists are cut off when they do not fit (RFC 9777 §5.2.15).
        return Wish(.exclude, chance(0.5) ? .none : sources(named, 60))
    }

    private mutating func sources(_ count: Int, _ most: Int) -> SourceSet {
        let likelihood = draw([0.1, 0.4, 0.9], or: 0.4)
        var sources = SourceSet.none
        for number in 0..<count where sources.count < most && chance(likelihood) {
            sources.insert(number)
        }
        return sources
    }

    // MARK: troubles

    private mutating func faultCount(_ isLarge: Bool) -> Int {
        guard profile.isTroubled else { return 0 }
        return switch profile {
        case .hostile, .forgedLeaves: Int.random(in: 4...12, using: &random)
        case .mixed: Int.random(in: 3...7, using: &random)
        default: Int.random(in: 1...3, using: &random)
        }
    }

    private mutating func trouble(
        on link: Int, in plan: SimulationPlan, _ bounds: LinkBounds
    ) -> SimulationPlan.Action? {
        let profiles: [SimulationProfile] = [.stormy, .reordering, .crashing, .partitioned, .jumping, .hostile]
        let routers = plan.routers.filter { $0.links.contains(link) }.map(\.number)
        let router = draw(routers, or: 0)
        let brief = UInt64.random(in: Self.second / 10...30 * Self.second, using: &random)
        let long = chance(0.5) ? brief : UInt64.random(in: 0...2 * bounds.listening, using: &random)
        switch profile == .mixed ? draw(profiles, or: .stormy) : profile {
        case .stormy: return .fault(.storm(link: link, loss: draw([0.3, 0.6, 0.95], or: 0.6), lasting: long))
        case .reordering: return .fault(.reordering(link: link, lasting: long))
        case .crashing:
            return .fault(
                chance(0.6)
                    ? .crash(router: router, lasting: long) : .linkDown(router: router, link: link, lasting: long))
        case .partitioned: return .fault(.partition(link: link, cut: random.next(), lasting: long))
        case .jumping:
            let hosts = plan.hosts.filter { $0.link == link }.map(\.number)
            return .fault(
                hosts.isEmpty || chance(0.7)
                    ? .routerClockJump(router: router, by: long) : .hostClockJump(host: draw(hosts, or: 0), by: long))
        case .forgedLeaves: return forgedLeave(on: link, in: plan).map { .fault(.attack(link: link, $0)) }
        default: return attack(on: link, in: plan).map { .fault(.attack(link: link, $0)) }
        }
    }

    private mutating func forgedLeave(on link: Int, in plan: SimulationPlan) -> Attack? {
        let hosts = plan.hosts.filter { $0.link == link }.map(\.number)
        guard let host = hosts.randomElement(using: &random) else { return nil }
        let group = Int.random(in: 0..<plan.groups.count, using: &random)
        let kind = draw([MLDRecordKind.toInclude, .toInclude, .block, .block, nil], or: .toInclude)
        let isWhole = kind == nil || kind == .toInclude && chance(0.7)
        return .forgedLeave(
            host: host, group: group, kind, isWhole ? .none : sources(plan.sourceCount, plan.sourceCount))
    }

    private mutating func attack(on link: Int, in plan: SimulationPlan) -> Attack? {
        let group = Int.random(in: 0..<plan.groups.count, using: &random)
        let kind = draw(MLDRecordKind.allCases, or: .toInclude)
        let named = chance(0.4) ? .none : sources(plan.sourceCount, 60)
        let hosts = plan.hosts.filter { $0.link == link }.map(\.number)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return .join(group: group, kind, named)
        case 2 where !hosts.isEmpty: return .forgedReport(host: draw(hosts, or: 0), group: group, kind, named)
        case 3:
            let isNarrow = plan.links[link].configuration.isNarrow
            return isNarrow
                ? .flood(groups: Int.random(in: 1...200, using: &random), from: 0) : .join(group: group, kind, named)
        case 4: return .version1(group: group, chance(0.5) ? .report : .done)
        case 5:
            // With less time to answer than messages are under way, an answer may pass the query, and be for nothing.
            let delay: UInt32 = draw([1000, 10_000, 100_000], or: 1000)
            return .higherQuery(
                group: chance(0.3) ? nil : group, named, delay: delay, suppress: chance(0.4))
        case 6 where chance(0.3):
            var aside = random  // the plans of all other seeds stay what they were
            return .lowerQuery(seed: aside.next())
        default: return .garbage(seed: random.next())
        }
    }
}
