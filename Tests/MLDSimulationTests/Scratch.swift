import MLDSimulation
import Testing

@Test func scratch() {
    for seed in 1...400 as ClosedRange<UInt64> {
        let plan = SimulationPlan(seed: seed)
        let simulation = Simulation(plan)
        simulation.run()
        print(seed, plan.profile, simulation.eventCount, simulation.failure.map { "\($0)" } ?? "ok")
    }
}
