import IPv6
import MLD
import Testing
import Timing

/// What strangers on a link can send, and what it must not lead to.
@Suite("Threats")
struct ThreatTests {
    @Test("C61 M2 A flood of queries without any time to answer cuts nobody off who answers within LLQT")
    func queryFlood() {
        var link = TestLink.settled()
        link.report(.toExclude, group(1))
        link.report(.allow, ssmGroup(1), [source(1)])
        _ = link.taken()
        for step in 0..<1000 {  // 10 s
            for query in [
                MLDQuery(maximumResponseDelay: 0, group: group(1)),
                MLDQuery(maximumResponseDelay: 0, group: ssmGroup(1), sources: [source(1)]),
            ] {
                link.receive(query, from: address("fe80::1"), to: query.destination)
            }
            link.pass(.milliseconds(10))
            #expect(link.router.groupCount == 2, "after \(step * 10) ms")
            guard step % 199 == 198 else { continue }
            link.report(.isExclude, group(1))
            link.report(.isInclude, ssmGroup(1), [source(1)])
        }
        #expect(link.sent().isEmpty && link.changes().isEmpty)
        link.pass(.seconds(2))
        #expect(link.router.groupCount == 0, "a querier's word counts, but not at once")
    }

    @Test("M3 A flood of forged reports fills no more than the limits, and what was there lives on")
    func forgedReports() {
        var link = TestLink.settled {
            $0.maximumGroups = 100
            $0.maximumGroupSources = 10
            $0.maximumHosts = 50
        }
        link.report(.toExclude, group(1), host: 1)
        link.report(.allow, ssmGroup(1), [source(1)], host: 2)
        for number in 0..<10_000 {
            let sources = (0..<20).map { source(number * 20 + $0) }
            link.report(number % 2 == 0 ? .toExclude : .allow, group(2 + number % 5000), sources, host: 100 + number)
        }
        #expect(link.router.groupCount == 100 && link.router.hostCount == 50)
        #expect(link.router.groups.allSatisfy { link.router.group($0)?.sources.count ?? 0 <= 10 })
        #expect(link.router.statistics.errors.limit > 9000)
        #expect(link.router.forwards(source: source(7), group: group(1)))
        // The two who were first are refreshed as if nothing had happened.
        for _ in 0..<3 {
            link.pass(.seconds(125))
            link.report(.isExclude, group(1), host: 1)
            link.report(.isInclude, ssmGroup(1), [source(1)], host: 2)
        }
        #expect(link.router.groups == [group(1), ssmGroup(1)].sorted() && link.router.hostCount == 2)
    }

    @Test("M4 A thousand forged leaves are asked about in one series, and one answer keeps the group")
    func forgedLeaves() {
        var link = TestLink.settled { $0.immediateLeave = false }
        link.report(.toExclude, group(1), host: 1)
        _ = link.taken()
        for number in 0..<1000 {
            link.report(.toInclude, group(1), host: 2 + number)
            link.pass(.milliseconds(1))
        }
        #expect((1...2).contains(link.sent().count))
        link.report(.isExclude, group(1), host: 1)
        link.pass(.seconds(5))
        #expect(link.router.isWanted(group: group(1)) && link.sent().count <= 1)
    }

    @Test("M4 A leave with the address of one listener does not end what others listen to", arguments: [true, false])
    func leaveInAnothersName(immediateLeave: Bool) {
        var link = TestLink.settled { $0.immediateLeave = immediateLeave }
        for number in 1...2 { link.report(.toExclude, group(1), host: number) }
        _ = link.taken()
        link.report(.toInclude, group(1), host: 1)
        // Whoever is asked answers.
        if !link.sent().isEmpty { link.report(.isExclude, group(1), host: 2) }
        link.pass(.seconds(10))
        #expect(link.router.isWanted(group: group(1)))
    }

    @Test(
        "M4 A forged leave in the last listener's name ends its stream for as long as its answer takes, a second at most",
        arguments: [
            (MLDRecordKind.toInclude, true), (.toInclude, false), (.block, false), (nil, true),
        ] as [(MLDRecordKind?, Bool)])
    func leaveOfTheLast(kind: MLDRecordKind?, anySource: Bool) throws {
        var link = TestLink.settled()
        let wanted = anySource ? group(1) : ssmGroup(1)
        let sources = anySource ? [] : [source(1)]
        link.report(anySource ? .toExclude : .allow, wanted, sources)
        _ = link.taken()
        if let kind {
            link.report(kind, wanted, kind == .block ? sources : [])
        } else {
            link.receive(MLDv1Message(.done, wanted), from: host(1), to: .allRouters)
        }
        let query = try #require(link.sent().first)
        #expect(query.maximumResponseDelay == 1000 && query.group == wanted)
        link.pass(.milliseconds(1000))
        link.report(anySource ? .isExclude : .isInclude, wanted, sources)
        #expect(link.router.forwards(source: source(1), group: wanted))
        link.pass(.seconds(250))
        #expect(link.router.forwards(source: source(1), group: wanted))
    }

    @Test("M5 A version 1 report pins its own group only, for as long as it is repeated, and no SSM group at all")
    func pinning() {
        var link = TestLink.settled()
        for number in 1...2 { link.report(.toExclude, group(number), host: 1) }
        for wanted in [group(1), ssmGroup(1)] {
            link.receive(MLDv1Message(.report, wanted), from: host(66), to: wanted)
        }
        #expect(link.router.group(group(1))?.compatibility == .mldv1)
        #expect(link.router.group(group(2))?.compatibility == .mldv2 && link.router.group(ssmGroup(1)) == nil)
        link.report(.isExclude, group(1), host: 1)
        link.pass(.seconds(260))
        #expect(link.router.group(group(1))?.compatibility == .mldv2)
    }
}
