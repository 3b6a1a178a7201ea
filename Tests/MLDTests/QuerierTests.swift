import IPv6
import MLD
import Testing
import Timing

@Suite("Querier")
struct QuerierTests {
    static let lower = address("fe80::1")
    static let higher = address("fe80::1:0:0:1")

    private func generalQuery(robustness: UInt8 = 2, interval: UInt32 = 125, suppress: Bool = false) -> MLDQuery {
        MLDQuery(
            maximumResponseDelay: 10_000, suppressRouterSideProcessing: suppress, robustnessVariable: robustness,
            queryInterval: interval)
    }

    @Test("C15 C25 C32 C33 Begins as querier: a general query at once, to ff02::1, with the configured values")
    func start() {
        var router = MLDRouter(configuration: MLDConfiguration(), address: address("fe80::ff"), mtu: 1500)
        var actions: [MLDRouter.Action] = []
        #expect(router.nextDeadline == nil)
        let now = Instant(nanoseconds: 77)
        router.start(at: now, into: &actions)
        #expect(
            actions == [
                .event(.querierChanged(address: address("fe80::ff"), isSelf: true)),
                .send(MLDQuery(maximumResponseDelay: 10_000), to: .allNodes),
            ])
        #expect(router.nextDeadline == now + .milliseconds(31_250))
        #expect(router.querier == MLDQuerier(address: address("fe80::ff"), isSelf: true, expires: nil))
    }

    @Test(
        "C25 C32 C36 Startup queries, a quarter of the query interval apart, then one every query interval",
        arguments: [1, 2, 3, 7])
    func startupQueries(robustness: Int) {
        var link = TestLink { $0.robustnessVariable = robustness }
        let start = link.now
        var times: [Duration] = []
        while times.count < robustness + 2 {
            link.pass(.milliseconds(250))
            for query in link.sent() {
                #expect(query.isGeneral && !query.suppressRouterSideProcessing)
                times.append(link.now - start)
            }
        }
        var expected = (1..<robustness).map { .milliseconds(31_250) * $0 }
        let last = expected.last ?? .zero
        expected += [1, 2, 3].map { last + .seconds(125) * $0 }
        #expect(times == expected)
    }

    @Test("Nothing is scheduled or answered once stopped, and all state is gone")
    func stop() {
        var link = TestLink()
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.stop()
        #expect(link.changes() == [group(1)])
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
        link.report(.toExclude, group(1))
        link.pass(.seconds(1000))
        #expect(link.taken().isEmpty && link.router.groupCount == 0)
        link.start()
        link.report(.toExclude, group(1))
        #expect(link.sent().count == 1 && link.router.groupCount == 1)
    }

    @Test(
        "C26 C35 A query from a lower address makes it querier; general queries end until it has been silent long enough"
    )
    func election() {
        var link = TestLink()
        link.receive(generalQuery(), from: Self.lower, to: .allNodes)
        #expect(link.events() == [.querierChanged(address: Self.lower, isSelf: false)])
        let expires = link.now + .seconds(255)
        #expect(link.router.querier == MLDQuerier(address: Self.lower, isSelf: false, expires: expires))
        link.pass(.milliseconds(254_999))
        #expect(link.taken().isEmpty)
        link.pass(.milliseconds(1))
        #expect(
            link.taken() == [
                .event(.querierChanged(address: address("fe80::ff"), isSelf: true)),
                .send(MLDQuery(maximumResponseDelay: 10_000), to: .allNodes),
            ])
        link.pass(.seconds(125))
        #expect(link.sent().count == 1)
    }

    @Test(
        "C26 A query from a higher address changes nothing, and is contradicted at once",
        arguments: [generalQueryCase(8), generalQueryCase(2)])
    func higherAddress(query: MLDQuery) {
        var link = TestLink.settled()
        _ = link.taken()
        link.receive(query, from: Self.higher, to: .allNodes)
        #expect(link.router.querier.isSelf && link.taken().isEmpty)
        link.pass(.zero)
        #expect(link.sent().map(\.robustnessVariable) == [2])
    }

    @Test("M2 However many queries of a higher address come, they are contradicted once in a query response interval")
    func contradictions() {
        var link = TestLink.settled()
        _ = link.taken()
        for _ in 0..<1000 {  // 100 s
            link.receive(generalQuery(), from: Self.higher, to: .allNodes)
            link.pass(.milliseconds(100))
        }
        #expect((10...11).contains(link.sent().count))
    }

    private static func generalQueryCase(_ robustness: UInt8) -> MLDQuery {
        MLDQuery(maximumResponseDelay: 10_000, robustnessVariable: robustness, queryInterval: 60)
    }

    @Test("C26 The interface identifier decides, whatever stands before it")
    func interfaceIdentifier() {
        var link = TestLink()
        link.receive(generalQuery(), from: address("fe80:0:0:1::1"), to: .allNodes)
        #expect(!link.router.querier.isSelf)
        var other = TestLink()
        other.receive(generalQuery(), from: address("fe80:0:0:1:0:0:0:100"), to: .allNodes)
        #expect(other.router.querier.isSelf)
    }

    @Test("Our own query, looped back, is not a query of another router")
    func ownQuery() {
        var link = TestLink()
        link.receive(generalQuery(), from: TestLink.routerAddress, to: .allNodes)
        #expect(link.router.querier.isSelf && link.router.statistics.received.query == 0)
    }

    @Test("C27 C29 Any valid query of the querier re-arms its timer, S flag or not")
    func rearming() {
        let queries = [
            generalQuery(), generalQuery(suppress: true), MLDQuery(maximumResponseDelay: 1000, group: group(1)),
            MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)]),
            MLDQuery(version: .mldv1, maximumResponseDelay: 1000),
        ]
        var link = TestLink()
        for query in queries {
            link.receive(query, from: Self.lower, to: query.destination)
            #expect(link.router.querier.expires == link.now + .seconds(255))
            link.pass(.seconds(200))
        }
        #expect(link.sent().isEmpty)
    }

    @Test("C28 A non-querier adopts robustness and query interval; 0 means its own; as querier it has its own again")
    func adoption() {
        var link = TestLink()
        link.receive(generalQuery(robustness: 3, interval: 60), from: Self.lower, to: .allNodes)
        #expect(link.router.querier.expires == link.now + .seconds(3 * 60 + 5))
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(3 * 60 + 20))
        link.receive(generalQuery(robustness: 0, interval: 0), from: Self.lower, to: .allNodes)
        #expect(link.router.querier.expires == link.now + .seconds(255))
        link.receive(generalQuery(robustness: 3, interval: 60), from: Self.lower, to: .allNodes)
        _ = link.taken()
        link.pass(.seconds(185))
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 10_000)])
    }

    @Test("C28 The robustness of the latest query counts, whoever sent it; its interval does not for the querier")
    func adoptionByQuerier() {
        var link = TestLink()
        link.receive(generalQuery(robustness: 4, interval: 60), from: Self.higher, to: .allNodes)
        #expect(link.router.querier.isSelf)
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(4 * 125 + 20))
        // Nobody corrects the querier: a router that has gone must not have told it for ever.
        link.pass(.seconds(254))
        link.report(.isExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(4 * 125 + 20))
        link.pass(.seconds(1))
        link.report(.isExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(2 * 125 + 20))
        link.receive(generalQuery(robustness: 4), from: Self.higher, to: .allNodes)
        link.receive(generalQuery(robustness: 0), from: Self.higher, to: .allNodes)
        link.report(.isExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(2 * 125 + 20))
        // And one that is not querier takes both from any.
        link.receive(generalQuery(), from: Self.lower, to: .allNodes)
        link.receive(generalQuery(robustness: 3, interval: 60), from: Self.higher, to: .allNodes)
        link.report(.isExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(3 * 60 + 20))
    }

    @Test("A new address while stopped leaves nothing to wait for")
    func addressWhileStopped() {
        var link = TestLink()
        link.receive(generalQuery(), from: Self.lower, to: .allNodes)
        link.stop()
        link.router.setAddress(address("fe80::"))
        #expect(link.router.nextDeadline == nil)
    }

    @Test("C22 C61 A non-querier keeps state, sends no query on a leave, and waits for the querier's")
    func nonQuerier() {
        var link = TestLink { $0.immediateLeave = false }
        link.receive(generalQuery(), from: Self.lower, to: .allNodes)
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1))
        #expect(link.sent().isEmpty)
        link.pass(.seconds(100))
        #expect(link.router.isWanted(group: group(1)))
        link.receive(MLDQuery(maximumResponseDelay: 1000, group: group(1)), from: Self.lower, to: group(1))
        link.pass(.milliseconds(1999))
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
    }

    @Test("C61 S=0 lowers timers, S=1 does not", arguments: [false, true])
    func suppressFlag(suppress: Bool) {
        var link = TestLink()
        link.report(.toExclude, group(1))
        link.report(.allow, group(2), [source(1), source(2)])
        let long = link.now + .seconds(270)
        let lowered = link.now + .seconds(2)
        for query in [
            MLDQuery(maximumResponseDelay: 1000, group: group(1), suppressRouterSideProcessing: suppress),
            MLDQuery(
                maximumResponseDelay: 1000, group: group(2), suppressRouterSideProcessing: suppress,
                sources: [source(2)]),
            MLDQuery(maximumResponseDelay: 1000, group: group(9), suppressRouterSideProcessing: suppress),
        ] {
            link.receive(query, from: Self.lower, to: query.destination)
        }
        #expect(link.router.group(group(1))?.expires == (suppress ? long : lowered))
        #expect(link.router.group(group(2))?.sources.map(\.expires) == [long, suppress ? long : lowered])
    }

    @Test("C61 Listeners have the time that the other router's query gives them")
    func slowQuery() {
        var link = TestLink()
        link.report(.toExclude, group(1))
        link.receive(MLDQuery(maximumResponseDelay: 5000, group: group(1)), from: Self.lower, to: group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(10))
    }

    @Test(
        "C61 M2 The querier asks itself what a router asks that loses the election: an answer may have come before its query",
        arguments: [true, false])
    func queryOfTheLoser(isAnswered: Bool) {
        var link = TestLink.settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        // The host has heard the query already.
        link.receive(
            octets("8f00000000000001 01000001 ff1e0000000000000000000000000001 20010db8000000000000000000000001"),
            from: host(1))
        link.receive(
            octets(
                "82000000 03e80000 ff1e0000000000000000000000000001 027d0001 20010db8000000000000000000000001"),
            from: host(66), to: group(1))
        let query = MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)])
        #expect(link.sent() == [query])
        #expect(link.router.group(group(1))?.sources.map(\.expires) == [link.now + .seconds(2)])
        link.pass(.seconds(1))
        #expect(link.sent() == [query])
        link.pass(.milliseconds(900))
        if isAnswered { link.report(.isInclude, group(1), [source(1)]) }
        link.pass(.seconds(5))
        #expect(link.router.forwards(source: source(1), group: group(1)) == isAnswered)
    }

    @Test("M2 A flood of such queries makes the querier ask no more often than leaves do")
    func queriesOfTheLoser() {
        var link = TestLink.settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        for _ in 1...200 {
            link.receive(MLDQuery(maximumResponseDelay: 0, group: group(1)), from: host(66), to: group(1))
            link.report(.isExclude, group(1))
            link.pass(.milliseconds(5))
        }
        #expect(link.sent().count <= 18 && link.router.isWanted(group: group(1)))
    }

    @Test("C30 A running series of specific queries is finished after losing the election")
    func seriesAfterElection() {
        var link = TestLink { $0.immediateLeave = false }
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1))
        #expect(link.sent().count == 1)
        link.pass(.milliseconds(1))
        link.receive(generalQuery(), from: Self.lower, to: .allNodes)
        link.pass(.milliseconds(999))
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: group(1))])
        #expect(!link.router.querier.isSelf)
        link.pass(.seconds(1))
        #expect(link.router.groupCount == 0, "as this router asked, not as long as the new querier may take")
    }

    @Test("A new address that wins over the querier's makes us querier, another does not")
    func newAddress() {
        var link = TestLink()
        link.receive(generalQuery(), from: address("fe80::10"), to: .allNodes)
        link.router.setAddress(address("fe80::20"))
        link.pass(.seconds(1))
        #expect(!link.router.querier.isSelf)
        link.router.setAddress(address("fe80::2"))
        link.pass(.seconds(1))
        #expect(link.router.querier == MLDQuerier(address: address("fe80::2"), isSelf: true, expires: nil))
        #expect(link.sent().count == 1)
    }

    @Test("A shorter query interval takes effect at once")
    func reconfiguration() {
        var link = TestLink.settled()
        _ = link.taken()
        var configuration = MLDConfiguration()
        configuration.queryInterval = .seconds(20)
        link.router.reconfigure(configuration, at: link.now)
        link.pass(.seconds(20))
        #expect(link.sent().map(\.queryInterval) == [20])
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(60))
    }
}

@Suite("Timers")
struct ConfigurationTests {
    @Test("C31–C37 C40 The defaults")
    func defaults() {
        let configuration = MLDConfiguration()
        #expect(configuration.robustnessVariable == 2)
        #expect(configuration.queryInterval == .seconds(125))
        #expect(configuration.queryResponseInterval == .seconds(10))
        #expect(configuration.multicastAddressListeningInterval == .seconds(270))
        #expect(configuration.otherQuerierPresentInterval == .seconds(255))
        #expect(configuration.effectiveStartupQueryInterval == .milliseconds(31_250))
        #expect(configuration.effectiveStartupQueryCount == 2)
        #expect(configuration.lastListenerQueryInterval == .seconds(1))
        #expect(configuration.effectiveLastListenerQueryCount == 2)
        #expect(configuration.lastListenerQueryTime == .seconds(2))
        #expect(configuration.olderVersionHostPresentInterval == .seconds(260))
    }

    @Test("C34 The listening interval of RFC 3810 is a setting")
    func olderInterval() {
        var link = TestLink { $0.listeningInterval = .rfc3810 }
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(260))
    }

    @Test("C31 Any robustness is survived, 0 and less as 1", arguments: [-5, 0, 1, 255, 1000])
    func robustness(value: Int) {
        var link = TestLink { $0.robustnessVariable = value }
        link.report(.toExclude, group(1))
        link.pass(.seconds(300_000))
        #expect(link.router.groupCount == 0)
    }

    @Test("No setting makes the router run on the spot")
    func zeroIntervals() {
        var link = TestLink {
            $0.queryInterval = .zero
            $0.queryResponseInterval = .seconds(-1)
            $0.lastListenerQueryInterval = .zero
        }
        link.report(.toExclude, group(1))
        link.pass(.milliseconds(50))
        #expect(link.sent().count <= 100)
    }
}
