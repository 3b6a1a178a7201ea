import Testing

@testable import MLDSimulation

@Suite("Routers and hosts in virtual time")
struct SimulationTests {
    /// The seeds of each profile, in parts that run side by side.
    private static let parts: [(SimulationProfile, ClosedRange<UInt64>)] = SimulationProfile.allCases.flatMap {
        profile in
        [(profile, 1...85), (profile, 1001...1085)]
    }

    private static func campaign(_ profile: SimulationProfile) -> SimulationCampaign {
        var campaign = SimulationCampaign(profile: profile)
        campaign.size.links = 1
        campaign.size.hosts = 3
        campaign.options.period = 4
        return campaign
    }

    @Test("In every small network all promises are kept", arguments: parts)
    func small(profile: SimulationProfile, seeds: ClosedRange<UInt64>) {
        var campaign = Self.campaign(profile)
        for seed in seeds {
            guard let failure = campaign.run(seed: seed) else { continue }
            Issue.record("\(profile) \(seed): \(failure.failure)\n\(failure.plan.setting)\n\(failure.trace)")
            return
        }
    }

    @Test("In larger networks, too, looked at in every step", arguments: SimulationProfile.allCases)
    func larger(profile: SimulationProfile) {
        var campaign = SimulationCampaign(profile: profile)
        for seed in 1...4 as ClosedRange<UInt64> {
            guard let failure = campaign.run(seed: seed) else { continue }
            Issue.record("\(profile) \(seed): \(failure.failure)\n\(failure.plan.setting)\n\(failure.trace)")
        }
    }

    /// What a profile must at least have put to the test; the others come along.
    private static let expectations: [(SimulationProfile, [Invariant])] = [
        (.quiet, [.joined, .kept, .stoppedAtOnce, .stoppedAfterQueries, .sameAsModel]),
        (.lossy, [.joined, .kept, .stoppedAfterQueries, .sameAsModel]),
        (.stormy, [.joined, .kept, .stoppedInTime]), (.reordering, [.joined, .kept, .stoppedInTime]),
        (.crashing, [.joined, .kept, .stoppedInTime, .oneQuerier]),
        (.partitioned, [.joined, .kept, .stoppedInTime, .oneQuerier]),
        (.jumping, [.joined, .kept, .stoppedInTime]),
        (.hostile, [.joined, .kept, .stoppedInTime, .withinLimits, .notSilenced]),
        (.forgedLeaves, [.joined, .kept]), (.version1, [.joined, .kept, .stoppedInTime]),
        (.sourceSpecific, [.joined, .stoppedAtOnce, .stoppedAfterQueries]),
        (.routers, [.joined, .kept, .oneQuerier]), (.lists, [.joined, .kept]),
        (.mixed, [.joined, .kept, .stoppedInTime, .oneQuerier]),
    ]

    @Test("No promise is kept for want of a chance to break it", arguments: expectations)
    func exercised(profile: SimulationProfile, invariants: [Invariant]) {
        var campaign = Self.campaign(profile)
        for seed in 1...25 as ClosedRange<UInt64> { _ = campaign.run(seed: seed) }
        for invariant in invariants + [.validMessages, .toldChanges, .progress] {
            let count = campaign.summary.checks[invariant]
            #expect(count >= 5, "\(invariant)")
        }
    }

    @Test(
        "Seeds that once broke a promise keep it",
        arguments: [
            // A source that nobody wants went on for its whole timer after one lost BLOCK.
            (SimulationProfile.lossy, 424_200_935_159),
            // A query of a router that lost the election reached the querier after its answer.
            (.hostile, 552_288_185_755),
            // Two wishes of one instant arrived together, and the promise was looked at between them.
            (.routers, 930_000_040_421),
            // An answer overtook the query of the querier on its way to another router, which was promised to know all.
            (.routers, 940_000_399_503),
            // A host started anew with a long list, and what it had named before was promised to be asked for.
            (.lists, 950_000_310_908),
        ] as [(SimulationProfile, UInt64)])
    func once(profile: SimulationProfile, seed: UInt64) {
        var campaign = SimulationCampaign(profile: profile)
        guard let failure = campaign.run(seed: seed) else { return }
        Issue.record("\(failure.failure)\n\(failure.plan.setting)\n\(failure.trace)")
    }

    @Test("The same seed is the same course of events")
    func repeats() {
        for seed in 1...26 as ClosedRange<UInt64> {
            var options = Simulation.Options()
            options.isTraced = true
            let runs = (1...2).map { _ in Simulation(SimulationPlan(seed: seed), options: options) }
            for run in runs { run.run() }
            #expect(runs[0].trace.lines == runs[1].trace.lines, "\(seed)")
            #expect(runs[0].counts == runs[1].counts && runs[0].eventCount == runs[1].eventCount, "\(seed)")
            #expect(runs[0].trace.lines.count > 5)
        }
    }

    @Test("Without tracing the same things happen")
    func tracing() {
        for seed in 1...13 as ClosedRange<UInt64> {
            var options = Simulation.Options()
            let silent = Simulation(SimulationPlan(seed: seed), options: options)
            options.isTraced = true
            let traced = Simulation(SimulationPlan(seed: seed), options: options)
            silent.run()
            traced.run()
            #expect(silent.counts == traced.counts, "\(seed)")
            #expect(silent.trace.lines.isEmpty)
        }
    }

    @Test("A size that was asked for is the size of the plan")
    func size() {
        var size = SimulationSize()
        size.hosts = 500
        size.links = 20
        size.routers = 7
        size.duration = .seconds(100)
        let plan = SimulationPlan(seed: 3, profile: .quiet, size: size)
        #expect(plan.hosts.count == 500 && plan.links.count == 20 && plan.routers.count == 7)
        #expect(Set(plan.routers.flatMap(\.links)).count == 20)
        #expect(plan.duration >= 100_000_000_000)
    }
}
