import Timing

/// Runs many seeds, one after the other, until one fails.
public struct SimulationCampaign {
    public var profile: SimulationProfile?
    public var size = SimulationSize()
    public var options = Simulation.Options()

    /// What was run.
    public struct Summary: Sendable {
        public var seeds = 0
        public var simulatedSeconds = 0.0
        public var events = 0
        public var checks = InvariantCounts()
        public init() {}
    }

    /// A seed that broke a promise.
    public struct Failure: Sendable {
        public var seed: UInt64
        public var plan: SimulationPlan
        public var failure: SimulationFailure
        /// Of the smallest plan that breaks the same promise.
        public var trace: SimulationTrace
    }

    public private(set) var summary = Summary()

    public init(profile: SimulationProfile? = nil) { self.profile = profile }

    public func plan(of seed: UInt64) -> SimulationPlan { SimulationPlan(seed: seed, profile: profile, size: size) }

    /// Runs one seed; nil if all promises were kept.
    public mutating func run(seed: UInt64) -> Failure? {
        let plan = plan(of: seed)
        let simulation = Simulation(plan, options: options)
        simulation.run()
        summary.seeds += 1
        summary.simulatedSeconds += Double(simulation.now) / 1e9
        summary.events += simulation.eventCount
        summary.checks += simulation.counts
        guard simulation.failure != nil, var shrinking = PlanShrinking(plan, options: options) else { return nil }
        shrinking.run()
        return Failure(
            seed: seed, plan: shrinking.plan, failure: shrinking.failure, trace: shrinking.trace)
    }
}
