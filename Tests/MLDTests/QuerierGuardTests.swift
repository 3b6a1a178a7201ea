import IPv6
import MLD
import Testing
import Timing

@Suite("Queriers that are not what they should be")
struct QuerierGuardTests {
    private static let lower = address("fe80::1")
    private static let trusted = address("fe80::2")

    @Test("C7 A query from :: or a global address is dropped, counted, and told at most once a minute")
    func invalidSource() {
        var link = TestLink()
        for _ in 1...3 { link.receive(MLDQuery(maximumResponseDelay: 1), from: .unspecified, to: .allNodes) }
        #expect(link.events() == [.warning(.invalidQuerySource, from: .unspecified)])
        link.receive(MLDQuery(maximumResponseDelay: 1), from: source(1), to: .allNodes)
        #expect(link.taken().isEmpty && link.router.querier.isSelf)
        #expect(link.router.statistics.errors.sourceAddress == 4 && link.router.statistics.received.query == 0)
    }

    @Test("M1 With a guard list other routers' queries elect nobody and lower no timer; the listed ones' do")
    func guardList() {
        var link = TestLink {
            $0.querierGuard = [Self.trusted]
            $0.immediateLeave = false
        }
        link.report(.toExclude, group(1))
        let ends = link.router.group(group(1))?.expires
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: Self.lower, to: .allNodes)
        link.receive(MLDQuery(maximumResponseDelay: 1, group: group(1)), from: Self.lower, to: group(1))
        #expect(link.router.querier.isSelf && link.router.group(group(1))?.expires == ends)
        #expect(link.router.statistics.errors.denied == 2 && link.router.statistics.received.query == 0)
        #expect(link.events() == [.warning(.deniedQuerier, from: Self.lower)])
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: Self.trusted, to: .allNodes)
        #expect(link.router.querier.address == Self.trusted)
        link.receive(MLDQuery(maximumResponseDelay: 1000, group: group(1)), from: Self.trusted, to: group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(2))
    }

    @Test("M1 Without a list a change of querier is told each time, so that nobody takes over unseen")
    func alarm() {
        var link = TestLink()
        _ = link.taken()
        for querier in [Self.trusted, Self.lower, Self.trusted] {
            link.receive(MLDQuery(maximumResponseDelay: 10_000), from: querier, to: .allNodes)
            #expect(link.events() == [.querierChanged(address: querier, isSelf: false)])
        }
    }

    /// What a querier tells, and the listening interval that follows: RV·QI + 2·QRI of 10 s.
    @Test(
        "M1 C28 Told robustness and query interval are used within limits only",
        arguments: [
            (1, 125, 2 * 125 + 20, .unreasonableQuerier), (2, 10, 2 * 10 + 20, nil),
            (2, 9, 2 * 10 + 20, .unreasonableQuerier), (2, 1, 2 * 10 + 20, .unreasonableQuerier),
            (7, 248, 7 * 248 + 20, nil), (7, 256, 7 * 255 + 20, .slowQuerier), (7, 31744, 7 * 255 + 20, .slowQuerier),
            (0, 0, 2 * 125 + 20, nil),
        ] as [(UInt8, UInt32, Int64, MLDWarning?)])
    func clamped(robustness: UInt8, interval: UInt32, listening: Int64, warning: MLDWarning?) {
        var link = TestLink()
        _ = link.taken()
        let query = MLDQuery(
            maximumResponseDelay: 10_000, robustnessVariable: robustness, queryInterval: interval)
        link.receive(query, from: Self.lower, to: .allNodes)
        let warnings = link.events().filter { if case .warning = $0 { true } else { false } }
        #expect(warnings == (warning.map { [.warning($0, from: Self.lower)] } ?? []))
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(listening))
        #expect(link.router.operatingConfiguration.multicastAddressListeningInterval == .seconds(listening))
    }

    @Test("M1 A querier with too long an interval is warned of once, until it tells one that fits")
    func slowQuerier() {
        var link = TestLink()
        _ = link.taken()
        func warnings(_ interval: UInt32) -> Int {
            let query = MLDQuery(maximumResponseDelay: 10_000, robustnessVariable: 2, queryInterval: interval)
            link.receive(query, from: Self.lower, to: .allNodes)
            defer { link.pass(.seconds(200)) }
            return link.events().count { $0 == .warning(.slowQuerier, from: Self.lower) }
        }
        #expect([600, 600, 600, 125, 600, 900].map(warnings) == [1, 0, 0, 0, 1, 0])
    }

    @Test("M1 querier-guard: [self] believes nobody; each denied query is counted")
    func believesNobody() {
        var link = TestLink.settled { $0.querierGuard = [] }
        link.report(.toExclude, group(1))
        _ = link.taken()
        for lower in [Self.lower, Self.trusted] {
            for query in DutyTests.queries { link.receive(query, from: lower, to: query.destination) }
        }
        #expect(link.router.querier.isSelf && link.router.statistics.errors.denied == 6)
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(270))
        #expect(link.events() == [.warning(.deniedQuerier, from: Self.lower)])
    }

    @Test("M1 A guard that is set later gives up whom it does not name, at once")
    func guardedLater() {
        var link = TestLink()
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: Self.lower, to: .allNodes)
        var configuration = MLDConfiguration()
        configuration.querierGuard = [Self.lower]
        link.router.reconfigure(configuration, at: link.now)
        link.pass(.seconds(1))
        #expect(!link.router.querier.isSelf)
        configuration.querierGuard = []
        link.router.reconfigure(configuration, at: link.now)
        link.pass(.zero)
        #expect(link.router.querier.isSelf)
    }

    @Test("M1 Settings with shorter intervals shorten the wait for a querier that is believed in already")
    func shorterWait() {
        var link = TestLink()
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: Self.lower, to: .allNodes)
        var configuration = MLDConfiguration()
        configuration.queryInterval = .seconds(20)
        link.router.reconfigure(configuration, at: link.now)
        #expect(link.router.querier.expires == link.now + .seconds(45))
    }

    @Test("M1 clear forgets another querier together with all groups, and asks at once")
    func cleared() {
        var link = TestLink()
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: Self.lower, to: .allNodes)
        _ = link.taken()
        link.clear(group(1))
        #expect(!link.router.querier.isSelf && link.taken().isEmpty)
        link.clear(nil)
        #expect(
            link.taken() == [
                .event(.querierChanged(address: TestLink.routerAddress, isSelf: true)),
                .send(MLDQuery(maximumResponseDelay: 10_000), to: .allNodes),
            ])
    }

    @Test("M1 C28 What is configured here is reasonable, also from others")
    func ownValues() {
        var link = TestLink {
            $0.robustnessVariable = 1
            $0.queryInterval = .seconds(4)
            $0.queryResponseInterval = .seconds(1)
        }
        _ = link.taken()
        let query = MLDQuery(maximumResponseDelay: 1000, robustnessVariable: 1, queryInterval: 4)
        link.receive(query, from: Self.lower, to: .allNodes)
        #expect(link.events() == [.querierChanged(address: Self.lower, isSelf: false)])
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(6))
    }

    @Test("A passive router sends nothing and lowers nothing by itself, but follows the queries that it hears")
    func passive() {
        var link = TestLink {
            $0.isPassive = true
            $0.immediateLeave = false
        }
        link.pass(.seconds(200))
        #expect(link.router.querier == MLDQuerier(address: .unspecified, isSelf: false, expires: nil))
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1))
        let ends = link.router.group(group(1))?.expires
        #expect(ends == link.now + .seconds(270))
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: host(7), to: .allNodes)
        #expect(link.router.querier.address == host(7))
        link.receive(MLDQuery(maximumResponseDelay: 1000, group: group(1)), from: host(7), to: group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(2))
        link.pass(.seconds(300))
        #expect(link.router.querier.address == .unspecified && !link.router.isWanted(group: group(1)))
        #expect(link.sent().isEmpty)
    }

    @Test(
        "C8 A snooper counts a report from ::, a router discards it; neither takes it for a host",
        arguments: [false, true])
    func unspecifiedReporter(isSnooper: Bool) {
        var link = TestLink.settled { $0.acceptsUnspecifiedReporters = isSnooper }
        _ = link.taken()
        link.receive(MLDReport([.init(.toExclude, group(1), [])]), from: .unspecified)
        #expect(link.router.isWanted(group: group(1)) == isSnooper && link.router.hostCount == 0)
        #expect(link.router.statistics.received.report == (isSnooper ? 1 : 0))
        #expect(link.router.statistics.errors.sourceAddress == (isSnooper ? 0 : 1))
        // Nobody knows whose it was, so that the leave of a known host is settled by queries.
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1))
        #expect(link.router.isWanted(group: group(1)) == isSnooper)
        link.receive(MLDQuery(maximumResponseDelay: 1), from: .unspecified, to: .allNodes)
        #expect(link.router.statistics.received.query == 0)
    }
}
