/// Takes away from a plan that fails whatever it fails without.
public struct PlanShrinking {
    /// The smallest plan so far, and how it fails.
    public private(set) var plan: SimulationPlan
    public private(set) var failure: SimulationFailure
    private let options: Simulation.Options
    /// Simulated events that may still be spent.
    private var budget: Int

    /// nil if the plan does not fail.
    public init?(_ plan: SimulationPlan, options: Simulation.Options = Simulation.Options(), budget: Int = 20_000_000) {
        guard let failure = Self.outcome(of: plan, options).failure else { return nil }
        self.plan = plan
        self.failure = failure
        self.options = options
        self.budget = budget
    }

    private static func outcome(of plan: SimulationPlan, _ options: Simulation.Options) -> Simulation {
        let simulation = Simulation(plan, options: options)
        simulation.run()
        return simulation
    }

    /// What happens in the smallest plan.
    public var trace: SimulationTrace {
        var options = options
        options.isTraced = true
        return Self.outcome(of: plan, options).trace
    }

    /// Shrinks until nothing more can be taken away, or the budget is spent: first faults, then what users do, hosts and
    /// routers, and time.
    public mutating func run() {
        var size = 0
        endEarly()
        keepOneLink()
        repeat {
            size = plan.events.count + plan.hosts.count + plan.routers.count
            endEarly()
            removeEvents { if case .fault = $0.action { true } else { false } }
            removeEvents { _ in true }
            removeHosts()
            removeRouters()
        } while budget > 0 && plan.events.count + plan.hosts.count + plan.routers.count < size
        simplifyWishes()
        closeGaps()
        endEarly()
    }

    /// Takes the candidate if it breaks the same promise.
    @discardableResult private mutating func accept(_ candidate: SimulationPlan) -> Bool {
        guard budget > 0 else { return false }
        let simulation = Self.outcome(of: candidate, options)
        budget -= simulation.eventCount + candidate.events.count
        guard let other = simulation.failure, other.invariant == failure.invariant else { return false }
        plan = candidate
        failure = other
        return true
    }

    private mutating func endEarly() {
        var candidate = plan
        candidate.duration = failure.time
        candidate.events.removeAll { $0.at > failure.time }
        accept(candidate)
    }

    /// What happens on a link does not depend on the others, except that routers crash as a whole.
    private mutating func keepOneLink() {
        guard let link = failure.link, plan.links.count > 1 else { return }
        accept(plan.keeping(hosts: { $0.link == link }, routers: { $0.links.contains(link) }))
    }

    /// Delta debugging: halves of what may go, then quarters, down to single events.
    private mutating func removeEvents(where mayGo: (SimulationPlan.Event) -> Bool) {
        var size = max(1, plan.events.count(where: mayGo) / 2)
        while true {
            var first = 0
            while true {
                let positions = plan.events.indices.filter { mayGo(plan.events[$0]) }.dropFirst(first).prefix(size)
                guard !positions.isEmpty else { break }
                let gone = Set(positions)
                var candidate = plan
                candidate.events = plan.events.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
                if !accept(candidate) { first += positions.count }
            }
            if size == 1 || budget <= 0 { return }
            size /= 2
        }
    }

    private mutating func removeHosts() {
        var size = max(1, plan.hosts.count / 2)
        while budget > 0 {
            var first = 0
            while first < plan.hosts.count {
                let gone = Set(plan.hosts.dropFirst(first).prefix(size).map(\.number))
                let candidate = plan.keeping(hosts: { !gone.contains($0.number) }, routers: { _ in true })
                if !accept(candidate) { first += size }
            }
            if size == 1 { return }
            size /= 2
        }
    }

    private mutating func removeRouters() {
        for router in plan.routers where plan.routers.count > 1 {
            accept(plan.keeping(hosts: { _ in true }, routers: { $0.number != router.number }))
        }
        for position in plan.routers.indices where plan.routers[position].starts > 0 {
            var candidate = plan
            candidate.routers[position].starts = 0
            accept(candidate)
        }
    }

    /// Shorter source lists.
    private mutating func simplifyWishes() {
        for position in plan.events.indices {
            guard case .want(let host, let group, let wish) = plan.events[position].action else { continue }
            var rest = wish.listed
            var size = max(1, rest.count / 2)
            while !rest.isEmpty {
                var first = 0
                while true {
                    let gone = rest.numbers.dropFirst(first).prefix(size)
                    if gone.isEmpty { break }
                    let shorter = gone.reduce(rest) { $0.subtracting(SourceSet(source: $1)) }
                    var candidate = plan
                    candidate.events[position].action = .want(host: host, group: group, Wish(wish.mode, shorter))
                    if accept(candidate) { rest = shorter } else { first += size }
                }
                if size == 1 { break }
                size /= 2
            }
        }
    }

    /// Less waiting between events.
    private mutating func closeGaps() {
        for position in plan.events.indices {
            let before = position == 0 ? 0 : plan.events[position - 1].at
            let gap = plan.events[position].at - before
            for kept in [0, 1_000_000_000, gap / 2] as [UInt64] where kept < gap {
                var candidate = plan
                for later in position..<candidate.events.count { candidate.events[later].at -= gap - kept }
                if accept(candidate) { break }
            }
        }
    }
}
