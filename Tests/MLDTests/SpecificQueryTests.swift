import IPv6
import MLD
import Testing
import Timing

@Suite("Specific queries")
struct SpecificQueryTests {
    /// What a router without host tracking does on a leave.
    private func link(mtu: Int = 1500) -> TestLink {
        var link = TestLink(mtu: mtu) { $0.immediateLeave = false }
        link.pass(.seconds(60))
        _ = link.taken()
        return link
    }

    private func query(_ group: IPv6Address, _ sources: [IPv6Address] = [], suppress: Bool = false) -> MLDQuery {
        MLDQuery(
            maximumResponseDelay: 1000, group: group, suppressRouterSideProcessing: suppress, sources: sources)
    }

    @Test(
        "C15 C23 C46 C60 C62 C64b A leave: two group queries a second apart, answered within one, forwarding ends after two"
    )
    func leave() {
        var link = link()
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1))
        #expect(link.sent() == [query(group(1))])
        link.pass(.milliseconds(999))
        #expect(link.sent().isEmpty)
        link.pass(.milliseconds(1))
        #expect(link.sent() == [query(group(1))])
        link.pass(.milliseconds(999))
        #expect(link.router.forwards(source: source(1), group: group(1)) && link.taken().isEmpty)
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
        link.pass(.seconds(10))
        #expect(link.taken() == [.suggestionChanged(group: group(1))])
    }

    @Test("C37 The number of queries and their interval are settings", arguments: [1, 3, 5])
    func count(count: Int) {
        var link = TestLink {
            $0.immediateLeave = false
            $0.lastListenerQueryCount = count
            $0.lastListenerQueryInterval = .milliseconds(100)
        }
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1))
        link.pass(.milliseconds(100 * count - 1))
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        let sent = link.sent()
        #expect(sent.count == count && sent.allSatisfy { $0.maximumResponseDelay == 100 })
        #expect(!link.router.isWanted(group: group(1)))
    }

    @Test("C62 After an answer the remaining group query has the S flag, and the state stays")
    func answered() {
        var link = link()
        link.report(.toExclude, group(1), host: 1)
        link.report(.toInclude, group(1), host: 1)
        #expect(link.sent() == [query(group(1))])
        link.pass(.milliseconds(500))
        link.report(.isExclude, group(1), host: 2)
        link.pass(.milliseconds(500))
        #expect(link.sent() == [query(group(1), suppress: true)])
        link.pass(.seconds(200))
        #expect(link.router.isWanted(group: group(1)))
    }

    @Test("C60 C64 After some sources are answered for, each transmission is one query with S and one without")
    func twoMessages() {
        var link = link()
        link.report(.allow, group(1), [source(1), source(2), source(3)])
        link.report(.block, group(1), [source(1), source(2), source(3)])
        #expect(link.sent() == [query(group(1), [source(1), source(2), source(3)])])
        link.pass(.milliseconds(500))
        link.report(.isInclude, group(1), [source(2)], host: 2)
        link.pass(.milliseconds(500))
        #expect(
            link.sent() == [
                query(group(1), [source(2)], suppress: true), query(group(1), [source(1), source(3)]),
            ])
        link.pass(.seconds(1))
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(2)])
        link.pass(.seconds(5))
        #expect(link.sent().isEmpty)
    }

    @Test("C59 BLOCK of sources that nobody has asked for sends nothing")
    func emptySet() {
        var link = link()
        link.report(.allow, group(1), [source(1)])
        link.report(.block, group(1), [source(2), source(3)])
        link.report(.block, group(2), [source(1)])
        link.report(.toInclude, group(3))
        #expect(link.sent().isEmpty && link.router.groupCount == 1)
    }

    @Test("C60 C63 Sources that are being asked for already are not asked for anew; new ones join the series")
    func merging() {
        var link = link()
        link.report(.allow, group(1), [source(1), source(2)])
        link.report(.block, group(1), [source(1)])
        #expect(link.sent() == [query(group(1), [source(1)])])
        link.pass(.milliseconds(400))
        link.report(.block, group(1), [source(1)])
        #expect(link.sent().isEmpty)
        link.report(.block, group(1), [source(1), source(2)])
        #expect(link.sent() == [query(group(1), [source(1), source(2)])])
        link.pass(.seconds(1))
        #expect(link.sent() == [query(group(1), [source(2)])])
        link.pass(.milliseconds(600))
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(2)])
        link.pass(.milliseconds(400))
        #expect(link.router.groupCount == 0)
    }

    @Test("C60 A repeated leave joins the running series of group queries")
    func repeatedLeave() {
        var link = link()
        link.report(.toExclude, group(1))
        for _ in 0..<10 {
            link.report(.toInclude, group(1))
            link.pass(.milliseconds(50))
        }
        link.pass(.milliseconds(1500))
        #expect(link.sent().count == 2 && link.router.groupCount == 0)
    }

    @Test(
        "A leave, an answer and another leave within one series: the timer is lowered again and the series begins anew")
    func leaveAgain() {
        var link = link()
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1))
        link.pass(.milliseconds(300))
        link.report(.toExclude, group(1))
        link.pass(.milliseconds(300))
        _ = link.taken()
        link.report(.toInclude, group(1))
        #expect(link.sent() == [query(group(1))])
        link.pass(.milliseconds(1999))
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
    }

    @Test("C16 C60 90 sources at MTU 1500 go out as 89 and 1, each list twice")
    func splitting() {
        let sources = (1...90).map(source)
        var link = link()
        link.report(.allow, group(1), Array(sources.prefix(50)))
        link.report(.allow, group(1), Array(sources.suffix(40)))
        link.report(.block, group(1), sources)
        let expected = [query(group(1), Array(sources.prefix(89))), query(group(1), [source(90)])]
        #expect(link.sent() == expected)
        #expect(expected[0].encodedLength + 48 <= 1500)
        link.pass(.seconds(1))
        #expect(link.sent() == expected)
        link.pass(.seconds(5))
        #expect(link.sent().isEmpty && link.router.groupCount == 0)
    }

    @Test("C24 Current-state records never make the router ask", arguments: [MLDRecordKind.isInclude, .isExclude])
    func currentState(kind: MLDRecordKind) {
        var link = link()
        link.report(.toExclude, group(1), [source(1)])
        link.report(.allow, group(1), [source(2)])
        link.report(kind, group(1), [source(3)], host: 2)
        link.report(kind, group(1), [], host: 2)
        #expect(link.sent().isEmpty)
    }

    @Test("Twenty joins and leaves in two seconds end as the last one says", arguments: [true, false])
    func flapping(endsJoined: Bool) {
        var link = link()
        for round in 0..<20 {
            link.report(.toExclude, group(1))
            link.pass(.milliseconds(50))
            if round < 19 || !endsJoined { link.report(.toInclude, group(1)) }
            link.pass(.milliseconds(50))
        }
        link.pass(.seconds(2))
        #expect(link.router.isWanted(group: group(1)) == endsJoined)
    }

    @Test("Clearing a group forgets it and asks for it; clearing all asks generally")
    func clearing() {
        var link = link()
        link.report(.toExclude, group(1))
        link.report(.allow, group(2), [source(1)])
        _ = link.taken()
        link.clear(group(1))
        #expect(link.taken() == [.suggestionChanged(group: group(1)), .send(query(group(1)), to: group(1))])
        #expect(link.router.groupCount == 1)
        link.clear(nil)
        #expect(
            link.taken() == [
                .suggestionChanged(group: group(2)), .send(MLDQuery(maximumResponseDelay: 10_000), to: .allNodes),
            ])
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
    }
}
