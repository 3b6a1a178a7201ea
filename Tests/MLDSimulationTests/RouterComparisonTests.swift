import IPv6
import MLD
import MLDSimulation
import Testing
import Timing

@Suite("The router and its naive model")
struct RouterComparisonTests {
    /// How many sequences each case runs; cases run at the same time.
    static let seedsEach: UInt64 = 125

    @Test("They agree after every event of random sequences", arguments: 0..<UInt64(16))
    func agreement(part: UInt64) {
        for seed in part * Self.seedsEach..<(part + 1) * Self.seedsEach {
            if let failure = MessageSequence.firstFailure(seed: seed, steps: 15) {
                Issue.record("\(failure)")
                return
            }
        }
    }

    @Test("They agree in long sequences", arguments: 100_000..<UInt64(100_008))
    func longSequences(seed: UInt64) {
        if let failure = MessageSequence.firstFailure(seed: seed, steps: 150) { Issue.record("\(failure)") }
    }

    @Test("A seed gives the same sequence each time")
    func repeatable() {
        #expect("\(MessageSequence(seed: 7, steps: 20))" == "\(MessageSequence(seed: 7, steps: 20))")
        #expect("\(MessageSequence(seed: 7, steps: 20))" != "\(MessageSequence(seed: 8, steps: 20))")
    }

    @Test("Where they differ the sequence is cut down to what matters and says so")
    func shrinking() throws {
        // The model knows no immediate leave, so a router with it has to differ, by the state that is gone at once.
        var sequence = MessageSequence(seed: 1, steps: 0)
        var failure: MessageSequence.Failure?
        for seed in 0..<UInt64(50) where failure == nil {
            sequence = MessageSequence(seed: seed, steps: 60)
            sequence.configuration.immediateLeave = true
            failure = sequence.firstDifference()
        }
        let found = try #require(failure)
        let short = found.sequence.shrunk()
        let again = try #require(short.firstDifference())
        #expect(short.steps.count <= 4)
        #expect(again.description.contains("router and model differ"))
        for index in short.steps.indices {
            var shorter = short
            shorter.steps.remove(at: index)
            #expect(shorter.firstDifference() == nil, "step \(index) is not needed")
        }
    }

    @Test("Each kind of disagreement is found")
    func differences() {
        let now = Instant(nanoseconds: 1_000_000_000_000)
        var configuration = MLDConfiguration()
        configuration.immediateLeave = false
        let own = router(0x80)
        var actions: [MLDRouter.Action] = []
        var mld = MLDRouter(configuration: configuration, address: own, mtu: 1500)
        var model = NaiveRouter(configuration: configuration, address: own, mtu: 1500)
        mld.start(at: now, into: &actions)
        model.start(at: now)
        let expected = model.takeSent()
        #expect(RouterComparison.differences(mld, sent: [], model, modelSent: expected).map(\.subject).count == 1)
        let sent = actions.compactMap { action -> RouterComparison.Sent? in
            guard case .send(let query, let destination) = action else { return nil }
            return .init(time: now, query: query, destination: destination)
        }
        #expect(RouterComparison.differences(mld, sent: sent, model, modelSent: expected) == [])
        var wrong = sent
        wrong[0].destination = NaiveLink.group
        #expect(RouterComparison.differences(mld, sent: wrong, model, modelSent: expected).count == 1)
        wrong = sent
        wrong[0].query.queryInterval = 1
        #expect(RouterComparison.differences(mld, sent: wrong, model, modelSent: expected).count == 1)

        let join = SequenceMessage(
            source: NaiveLink.host, content: .report([.init(type: 4, group: NaiveLink.group, sources: [source(1)])]))
        model.receive(join.octets, from: NaiveLink.host, hopLimit: 1, routerAlert: true, at: now)
        let missing = RouterComparison.differences(mld, sent: [], model, modelSent: [])
        #expect(missing.map(\.subject) == ["ff1e::1"])
        #expect(missing.first?.router == "nothing")
        #expect(missing.first?.model == "EXCLUDE(; 2001:db8::1) until 1270.000000000")

        let query = MLDQuery(maximumResponseDelay: 10_000)
        let octets = query.encoded(from: router(1), to: query.destination)
        model.receive(octets, from: router(1), hopLimit: 1, routerAlert: true, at: now)
        #expect(
            RouterComparison.differences(mld, sent: [], model, modelSent: []).map(\.subject) == ["ff1e::1", "querier"])
    }
}
