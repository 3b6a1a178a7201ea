import IPv6
import MLD
import MLDSimulation
import Testing
import Timing

@Suite("The naive model of the router")
struct NaiveRouterTests {
    @Test("A query is repeated, with S for what was confirmed meanwhile, apart from the rest")
    func suppression() {
        var link = NaiveLink { $0.lastListenerQueryCount = 3 }
        link.make("EX 1 2 /")
        link.record("TO_IN")
        #expect(link.queries() == "Q Q(1 2)")
        link.record("IS_IN 1")
        link.pass(.seconds(1))
        #expect(link.queries() == "Q Q(1)S Q(2)")
        link.record("IS_EX 1 2")
        link.pass(.seconds(1))
        #expect(link.queries() == "Q(1)S Q(2) QS")
        link.pass(.seconds(10))
        #expect(link.queries() == "")
    }

    @Test("A leave of what is being asked for already asks nothing anew")
    func merged() {
        var link = NaiveLink()
        link.make("IN 1 2")
        link.record("BLOCK 1")
        link.pass(.milliseconds(500))
        link.record("BLOCK 1")
        #expect(link.queries() == "Q(1)")
        link.record("BLOCK 2")
        #expect(link.queries() == "Q(1 2)")
        link.pass(.seconds(1))
        #expect(link.queries() == "Q(2)")
        link.pass(.seconds(1))
        #expect(link.state == "")
    }

    @Test("The lower interface identifier is querier, whatever the prefix, until it falls silent")
    func election() {
        var link = NaiveLink()
        link.receive(.query(MLDQuery(maximumResponseDelay: 10_000)), from: router(0x81))
        link.receive(.query(MLDQuery(maximumResponseDelay: 10_000)), from: link.model.address)
        #expect(link.model.isQuerier)
        let lower = IPv6Address(high: 0xfebf << 48, low: 0x7f)
        link.receive(
            .query(MLDQuery(maximumResponseDelay: 10_000, group: NaiveLink.group, suppressRouterSideProcessing: true)),
            from: lower)
        #expect(link.model.otherQuerier == lower)
        #expect(link.model.otherQuerierUntil == link.now + .seconds(255))
        link.pass(.seconds(255) + .nanoseconds(-1))
        #expect(!link.model.isQuerier && link.queries() == "")
        link.pass(.nanoseconds(1))
        #expect(link.model.isQuerier && link.queries() == "general")
        link.pass(.seconds(125))
        #expect(link.queries() == "general")
    }

    @Test(
        "What a foreign querier says is adopted within limits",
        arguments: [
            (0, 0, 2, 125), (3, 60, 3, 60), (1, 1, 2, 10), (7, 31_744, 7, 255),
        ])
    func adoption(robustness: Int, interval: Int, adopted: Int, adoptedInterval: Int) {
        var link = NaiveLink()
        link.receive(
            .query(
                MLDQuery(
                    maximumResponseDelay: 10_000, robustnessVariable: UInt8(robustness),
                    queryInterval: UInt32(interval))), from: router(1))
        #expect(link.model.operating.robustnessVariable == adopted)
        #expect(link.model.operating.queryInterval == .seconds(adoptedInterval))
    }

    @Test(
        "A querier adopts the robustness of a router that loses, but not its interval; one that is not trusted says nothing"
    )
    func adoptionByQuerier() {
        let foreign = SequenceMessage.Content.query(
            MLDQuery(maximumResponseDelay: 10_000, robustnessVariable: 3, queryInterval: 60))
        var link = NaiveLink()
        link.receive(foreign, from: router(0xf0))
        #expect(link.model.operating.robustnessVariable == 3)
        #expect(link.model.operating.queryInterval == .seconds(125))
        link = NaiveLink { $0.querierGuard = [router(1)] }
        link.receive(foreign, from: router(2))
        #expect(link.model.isQuerier && link.model.operating.robustnessVariable == 2)
        link.receive(foreign, from: router(1))
        #expect(!link.model.isQuerier && link.model.operating.robustnessVariable == 3)
    }

    @Test("The limits of what is adopted give way to the router's own settings")
    func adoptionOfOwn() {
        var link = NaiveLink {
            $0.robustnessVariable = 1
            $0.queryInterval = .seconds(4)
        }
        let query = MLDQuery(maximumResponseDelay: 1000, robustnessVariable: 1, queryInterval: 4)
        link.receive(.query(query), from: router(1))
        #expect(link.model.operating.robustnessVariable == 1)
        #expect(link.model.operating.queryInterval == .seconds(4))
    }

    @Test("The querier answers a router that loses, but not at once after its own query")
    func answer() {
        var link = NaiveLink()
        let foreign = SequenceMessage.Content.query(MLDQuery(maximumResponseDelay: 10_000))
        link.pass(.seconds(4))
        link.receive(foreign, from: router(0xf0))
        link.pass(.seconds(5))
        #expect(link.queries() == "")
        link.pass(.seconds(1))
        #expect(link.queries() == "general")
        link.pass(.seconds(20))
        link.receive(foreign, from: router(0xf0))
        link.pass(.zero)
        #expect(link.queries() == "general")
    }

    @Test(
        "A foreign specific query lowers timers, by its own delay if that is longer, unless S is set",
        arguments: [(1000, false, "llqt"), (0, false, "llqt"), (5000, false, "long"), (1000, true, "filter")])
    func lowering(delay: UInt32, suppress: Bool, timer: String) {
        var link = NaiveLink()
        link.receive(.query(MLDQuery(maximumResponseDelay: 10_000)), from: router(1))
        link.make("EX 1 / 2")
        link.names[link.now + .seconds(10)] = "long"
        var query = MLDQuery(
            maximumResponseDelay: delay, group: NaiveLink.group, suppressRouterSideProcessing: suppress)
        link.receive(.query(query), from: router(1))
        #expect(link.state == "EX 1:old / 2 until \(timer)")
        query.sources = [source(1), source(2), source(3)]
        link.receive(.query(query), from: router(1))
        #expect(link.state == "EX 1:\(suppress ? "old" : timer) / 2 until \(timer)")
    }

    @Test("The querier asks itself what another router asks")
    func askingItself() {
        var link = NaiveLink()
        link.make("EX 1 / 2")
        let query = MLDQuery(maximumResponseDelay: 5000, group: NaiveLink.group)
        link.receive(.query(query), from: router(0xf0))
        #expect(link.state == "EX 1:old / 2 until llqt" && link.queries() == "Q")
    }

    @Test("Version 1 messages are translated, and BLOCK and the sources of TO_EX mean nothing meanwhile")
    func version1() {
        var link = NaiveLink()
        link.receive(.version1Report(NaiveLink.group))
        link.make("EX /")
        link.record("BLOCK 1")
        #expect(link.state == "EX / until filter")
        link.record("TO_EX 1")
        #expect(link.state == "EX / until mali")
        link.receive(.done(NaiveLink.group))
        #expect(link.state == "EX / until llqt" && link.queries() == "Q")
        link.record("IS_EX 1")
        link.pass(.seconds(260))
        #expect(link.model.groups[NaiveLink.group]?.version1Until == nil)
        _ = link.queries()
        link.record("BLOCK 2")
        #expect(link.queries() == "Q(2)")
    }

    @Test("In the SSM range nothing makes a group EXCLUDE")
    func ssm() {
        var link = NaiveLink()
        let group = IPv6Address(high: 0xff3e << 48, low: 0x8000_0001)
        for record in ["IS_EX", "TO_EX", "IS_EX 1", "TO_EX 1"] { link.record(record, group: group) }
        link.receive(.version1Report(group))
        #expect(link.model.groups.isEmpty)
        link.record("ALLOW 1", group: group)
        link.receive(.done(group))
        #expect(link.model.groups.count == 1 && link.queries() == "")
    }

    @Test(
        "What is not valid changes nothing",
        arguments: [
            ("fe80::1", 1, true, 0), ("fe80::1", 2, true, nil), ("fe80::1", 1, false, nil), ("::", 1, true, nil),
            ("2001:db8::1", 1, true, nil), ("fe80::1", 1, true, -1), ("fe80::1", 1, true, 1),
        ])
    func validation(from: String, hopLimit: UInt8, routerAlert: Bool, surplus: Int?) throws {
        var link = NaiveLink()
        let source = try #require(IPv6Address(from))
        var message = SequenceMessage(
            source: source, content: .report([.init(type: 2, group: NaiveLink.group, sources: [])]))
        message.surplus = surplus ?? 0
        link.model.receive(message.octets, from: source, hopLimit: hopLimit, routerAlert: routerAlert, at: link.now)
        #expect(link.model.groups.isEmpty == (surplus.map { $0 < 0 } ?? true))
    }
}
