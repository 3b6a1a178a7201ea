import MLDSimulation
import Testing

@Suite("The naive model of the router")
struct NaiveRouterTests {
    @Test("Router and model agree after every event of random sequences", arguments: 0..<8)
    func agreement(part: UInt64) {
        for seed in 0..<UInt64(100) {
            let failure = MessageSequence.firstFailure(seed: part * 1_000 + seed, steps: 60)
            #expect(failure == nil, "\(failure.map { "\($0)" } ?? "")")
            if failure != nil { return }
        }
    }
}
