import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// What a router owes its link besides the tables: the same state everywhere, news only where something is new.
@Suite("Duties")
struct DutyTests {
    static let kinds = MLDRecordKind.allCases

    @Test("C22 A router that is not querier holds the same state as the querier, and says nothing", arguments: 1...20)
    func sameState(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var querier = TestLink.settled { $0.immediateLeave = false }
        var other = TestLink.settled { $0.immediateLeave = false }
        other.router.setAddress(address("fe80::1:0:0:ff"))
        _ = querier.taken()
        other.receive(MLDQuery(maximumResponseDelay: 10_000), from: TestLink.routerAddress, to: .allNodes)
        #expect(!other.router.querier.isSelf)
        _ = other.taken()
        for step in 0..<300 {
            let wait = Duration.milliseconds([0, 1, 100, 500, 1000, 30_000].randomElement(using: &random) ?? 0)
            // In small steps, so that the other one hears each query when it is sent.
            let end = querier.now + wait
            while querier.now < end {
                let part = min(.milliseconds(100), end - querier.now)
                querier.pass(part)
                other.pass(part)
                pass(querier.sent(), to: &other)
            }
            let kind = Self.kinds.randomElement(using: &random) ?? .allow
            let sources = (1...4).filter { _ in Bool.random(using: &random) }.map(source)
            let wanted = group(Int.random(in: 1...2, using: &random))
            let number = Int.random(in: 1...3, using: &random)
            querier.report(kind, wanted, sources, host: number)
            other.report(kind, wanted, sources, host: number)
            pass(querier.sent(), to: &other)
            #expect(other.router.groups == querier.router.groups, "step \(step)")
            for known in querier.router.groups {
                #expect(other.router.group(known) == querier.router.group(known), "step \(step)")
            }
        }
        #expect(other.sent().isEmpty)
    }

    private func pass(_ queries: [MLDQuery], to other: inout TestLink) {
        for query in queries { other.receive(query, from: TestLink.routerAddress, to: query.destination) }
    }

    @Test("C30 A running series about sources is finished after losing the election")
    func seriesOfSources() {
        var link = TestLink { $0.immediateLeave = false }
        link.report(.allow, group(1), [source(1), source(2)])
        link.report(.block, group(1), [source(1)])
        #expect(link.sent().count == 1)
        link.pass(.milliseconds(1))
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: address("fe80::1"), to: .allNodes)
        link.pass(.milliseconds(999))
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)])])
        link.report(.block, group(1), [source(2)])
        link.pass(.milliseconds(999))
        #expect(link.sent().isEmpty, "nothing new is begun")
        #expect(link.router.forwards(source: source(1), group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.forwards(source: source(1), group: group(1)))
    }

    static let queries = [
        MLDQuery(maximumResponseDelay: 10_000), MLDQuery(maximumResponseDelay: 1000, group: group(1)),
        MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)]),
    ]

    @Test("C26 C29 The first query of a lower address decides, of any kind, with the S flag or without")
    func electionByAnyQuery() {
        for query in Self.queries {
            for suppress in [false, true] {
                var query = query
                query.suppressRouterSideProcessing = suppress
                var link = TestLink()
                link.report(.toExclude, group(1))
                link.receive(query, from: address("fe80::1"), to: query.destination)
                #expect(link.router.querier.address == address("fe80::1") && !link.router.querier.isSelf)
                let isLowered = link.router.group(group(1))?.expires == link.now + .seconds(2)
                #expect(isLowered == (!suppress && query.group == group(1) && query.sources.isEmpty))
            }
        }
    }

    @Test("C28 Each query of the querier brings its values, the last one counts")
    func latestValues() {
        var link = TestLink()
        for (robustness, interval) in [(7, 40), (2, 160), (0, 30), (3, 0), (0, 0)] as [(Int, Int)] {
            let query = MLDQuery(
                maximumResponseDelay: 10_000, robustnessVariable: UInt8(robustness), queryInterval: UInt32(interval))
            link.receive(query, from: address("fe80::1"), to: .allNodes)
            let product = (robustness == 0 ? 2 : robustness) * (interval == 0 ? 125 : interval)
            #expect(link.router.querier.expires == link.now + .seconds(min(product + 5, 255)))
            link.report(.isExclude, group(1))
            #expect(link.router.group(group(1))?.expires == link.now + .seconds(product + 20))
        }
    }

    @Test("C86 C88 The first report changes what is to be forwarded in the same step; those after it are no news")
    func newsOnce() {
        var link = TestLink.settled()
        _ = link.taken()
        link.report(.toExclude, group(1), host: 1)
        #expect(link.taken() == [.suggestionChanged(group: group(1))])
        for number in 1...50 {
            link.report(.toExclude, group(1), host: number)
            link.report(.isExclude, group(1), host: number)
            link.report(.isInclude, group(1), [source(1)], host: number)
        }
        #expect(link.taken().isEmpty, "asked for already")
        link.report(.allow, ssmGroup(1), [source(1)], host: 1)
        #expect(link.changes() == [ssmGroup(1)])
        for number in 1...50 { link.report(.allow, ssmGroup(1), [source(1)], host: number) }
        #expect(link.taken().isEmpty)
    }

    @Test("C86 Leaves of what nobody has are no news, and neither is a leave while listeners are being asked")
    func leavesAreNoNews() {
        var link = TestLink.settled { $0.immediateLeave = false }
        _ = link.taken()
        link.report(.toInclude, group(1))
        link.report(.block, ssmGroup(1), [source(1)])
        link.receive(MLDv1Message(.done, group(1)), from: host(1), to: .allRouters)
        #expect(link.taken().isEmpty)
        link.report(.toExclude, group(1), host: 1)
        _ = link.taken()
        link.receive(MLDv1Message(.done, group(1)), from: host(2), to: .allRouters)
        link.pass(.milliseconds(1999))
        #expect(link.changes().isEmpty)
        link.pass(.milliseconds(1))
        #expect(link.changes() == [group(1)], "not the leave, but its being unanswered")
    }

    @Test("C71 An SSM group is one of ff3x::/32, no other group that begins alike", arguments: 0...15)
    func sourceSpecificRange(scope: UInt64) {
        var link = TestLink()
        let inside = IPv6Address(high: (0xff30 + scope) << 48, low: 0x8000_0001)
        let outside = IPv6Address(high: (0xff30 + scope) << 48 | 0x40 << 32, low: 0x8000_0001)
        for group in [inside, outside] {
            link.report(.toExclude, group)
            link.report(.isExclude, group)
            link.receive(MLDv1Message(.report, group), from: host(2), to: group)
        }
        #expect(link.router.group(inside) == nil)
        #expect(link.router.group(outside)?.filterMode == .exclude)
        link.report(.isInclude, inside, [source(1)])
        link.report(.toInclude, inside, [source(2)])
        #expect(link.router.group(inside)?.sources.map(\.address) == [source(1), source(2)])
    }

    @Test("C69 With all groups in version 1 mode every query is still of version 2")
    func version2Queries() {
        var link = TestLink.settled()
        for number in 1...3 {
            link.receive(MLDv1Message(.report, group(number)), from: host(number), to: group(number))
        }
        link.report(.toExclude, group(1), host: 9)
        _ = link.taken()
        link.receive(MLDv1Message(.done, group(1)), from: host(1), to: .allRouters)
        link.report(.toInclude, group(2), host: 2)
        link.pass(.seconds(130))
        let sent = link.sent()
        #expect(sent.contains { $0.isGeneral } && sent.contains { $0.group == group(1) })
        #expect(sent.allSatisfy { $0.version == .mldv2 && $0.encodedLength >= 28 })
    }
}
