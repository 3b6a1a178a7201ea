import Testing

@testable import MLDSimulation

@Suite("Faults that are built in are found")
struct SabotageTests {
    private static let cases: [(Sabotage, SimulationProfile, Invariant)] = [
        (.deaf(toHost: 0), .quiet, .joined),
        (.missesJoins, .quiet, .joined),
        (.forgets(source: 1), .sourceSpecific, .joined),
        (.cutsEarly, .quiet, .kept),
        (.confirmsNothing, .forgedLeaves, .kept),
        (.missesLeaves, .quiet, .stoppedAfterQueries),
        (.missesLeaves, .quiet, .stoppedAtOnce),
        (.neverStops, .crashing, .stoppedInTime),
        (.oversleeps, .sourceSpecific, .stoppedAfterQueries),
        (.ignoresQueries, .routers, .oneQuerier),
        (.believesPretenders, .hostile, .notSilenced),
        (.modelMissesLeaves, .quiet, .sameAsModel),
        (.exceedsLimits, .hostile, .withinLimits),
        (.sendsSurplus, .quiet, .validMessages),
        (.hidesChanges, .quiet, .toldChanges),
        (.spins, .quiet, .progress),
    ]

    @Test("Every fault breaks the promise that it should", arguments: cases)
    func found(sabotage: Sabotage, profile: SimulationProfile, invariant: Invariant) {
        var campaign = SimulationCampaign(profile: profile)
        campaign.size.links = 1
        campaign.size.hosts = 3
        campaign.options.sabotage = sabotage
        // The model would object first.
        if sabotage == .oversleeps { campaign.options.period = 0 }
        var others: [String] = []
        for seed in 1...60 as ClosedRange<UInt64> {
            let simulation = Simulation(campaign.plan(of: seed), options: campaign.options)
            simulation.run()
            guard let failure = simulation.failure else { continue }
            if failure.invariant == invariant { return }
            others.append(failure.invariant.rawValue)
        }
        Issue.record("not found; found instead: \(others)")
    }

    @Test("The invariants are complete: each has a fault that breaks it")
    func complete() {
        #expect(Set(Self.cases.map(\.2)) == Set(Invariant.allCases))
    }

    @Test("A failing plan shrinks to what makes it fail, and its trace says what happened")
    func shrinks() throws {
        var options = Simulation.Options()
        options.sabotage = .deaf(toHost: 1)
        let candidates = (1...20).lazy.map { SimulationPlan(seed: $0, profile: .mixed) }
            .filter { $0.events.count > 10 && $0.hosts.count > 1 }
        var shrinking = try #require(candidates.compactMap { PlanShrinking($0, options: options) }.first)
        shrinking.run()
        #expect(shrinking.plan.events.count == 1)
        #expect(shrinking.plan.hosts.map(\.number) == [1])
        #expect(shrinking.plan.routers.count == 1)
        #expect(shrinking.failure.invariant == .joined)
        let lines = shrinking.trace.lines
        #expect(lines.count < 12)
        #expect(lines.contains { $0.hasSuffix("router \(shrinking.plan.routers[0].number): is querier") })
        #expect(lines.contains { $0.contains("  host 1 wants ") })
        #expect(lines.last?.contains("joined: router") == true)
    }

    @Test("A shrunk plan breaks the same promise each time", arguments: 1...8 as ClosedRange<UInt64>)
    func shrinksToTheSame(seed: UInt64) throws {
        var options = Simulation.Options()
        options.sabotage = .missesLeaves
        guard var shrinking = PlanShrinking(SimulationPlan(seed: seed, profile: .quiet), options: options) else {
            return
        }
        let before = shrinking.failure.invariant
        shrinking.run()
        #expect(shrinking.failure.invariant == before)
        let again = Simulation(shrinking.plan, options: options)
        again.run()
        #expect(again.failure == shrinking.failure)
    }

    @Test("Without faults nothing shrinks")
    func nothing() {
        #expect(PlanShrinking(SimulationPlan(seed: 1, profile: .quiet)) == nil)
    }
}
