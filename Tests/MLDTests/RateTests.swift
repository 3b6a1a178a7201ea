import IPv6
import MLD
import Testing
import Timing

@Suite("Rates, quotas and the group filter")
struct RateTests {
    @Test("M3 A host has its quota of groups: beyond it new ones are refused, others are not kept out")
    func groupsPerHost() {
        var link = TestLink.settled { $0.maximumGroupsPerHost = 2 }
        _ = link.taken()
        for number in 1...4 { link.report(.toExclude, group(number)) }
        #expect(link.router.groups == [group(1), group(2)])
        #expect(link.router.statistics.limits[.groupsPerHost] == 2 && link.router.statistics.errors.limit == 2)
        #expect(link.events() == [.limitReached(.groupsPerHost, host: host(1))])
        // Another host's group is not joined either, while its own go on.
        link.report(.toExclude, group(3), host: 2)
        link.report(.toExclude, group(3))
        #expect(link.router.listenerCount(group: group(3)) == 1)
        link.pass(.seconds(100))
        link.report(.isExclude, group(1))
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(270))
        // Leaving makes room.
        link.report(.toInclude, group(1))
        link.report(.toExclude, group(4))
        #expect(link.router.isWanted(group: group(4)) && !link.router.isWanted(group: group(1)))
    }

    @Test("M3 With a quota a host that there is no room to track is refused, not served without one")
    func untrackable() {
        var link = TestLink {
            $0.maximumGroupsPerHost = 2
            $0.maximumHosts = 1
        }
        link.report(.toExclude, group(1), host: 1)
        link.report(.toExclude, group(2), host: 2)
        #expect(link.router.groups == [group(1)])
    }

    @Test("M3 Reports beyond the rate are dropped and counted; the rate holds over time")
    func reports() {
        var link = TestLink { $0.reportsPerSecond = 10 }
        for number in 1...100 { link.report(.toExclude, group(number), host: number) }
        // Strangers get half of a second's worth at once.
        #expect((5...6).contains(link.router.groupCount))
        #expect(link.router.statistics.limits[.reports] == UInt64(100 - link.router.groupCount))
        #expect(link.router.statistics.received.report == UInt64(link.router.groupCount))
        let before = link.router.groupCount
        for number in 101...200 {
            link.pass(.milliseconds(50))
            link.report(.toExclude, group(number), host: number)
        }
        #expect((48...52).contains(link.router.groupCount - before))
    }

    @Test("M3 Listeners are heard through a flood of strangers' reports")
    func priority() {
        var link = TestLink { $0.reportsPerSecond = 100 }
        link.report(.toExclude, group(1), host: 1)
        for round in 1...2000 {
            link.pass(.milliseconds(1))
            link.report(.toExclude, group(round), host: 1000 + round)
            guard round.isMultiple(of: 100) else { continue }
            link.report(.isExclude, group(1), host: 1)
            #expect(link.router.group(group(1))?.expires == link.now + .seconds(270))
        }
        #expect(link.router.statistics.limits[.reports] > 1500)
    }

    @Test("M3 One host's flood uses up its own rate only")
    func reportsPerHost() {
        var link = TestLink { $0.reportsPerSecondPerHost = 5 }
        for number in 1...50 { link.report(.toExclude, group(number), host: 1) }
        #expect(link.router.groupCount == 5 && link.router.statistics.limits[.reportsPerHost] == 45)
        // Hosts share a clock by chance, 1 in 4096.
        for number in 2...11 { link.report(.toExclude, group(100 + number), host: number) }
        #expect(link.router.groupCount >= 14)
        link.pass(.seconds(1))
        link.receive(MLDv1Message(.report, group(99)), from: host(1), to: group(99))
        #expect(link.router.isWanted(group: group(99)))
    }

    @Test(
        "M4 A flood of leaves in a listener's name uses up the rate of that host, and its answers count all the same",
        arguments: [group(1), ssmGroup(1)])
    func answersBeyondTheRate(group: IPv6Address) {
        var link = TestLink.settled {
            $0.immediateLeave = false
            $0.reportsPerSecondPerHost = 100
        }
        let sources = group.isSourceSpecific ? [source(1)] : []
        link.report(sources.isEmpty ? .toExclude : .allow, group, sources)
        for millisecond in 1...6000 {
            link.report(sources.isEmpty ? .toInclude : .block, group, sources)
            // It answers each query within the second that it has.
            if millisecond % 900 == 0 { link.report(sources.isEmpty ? .isExclude : .isInclude, group, sources) }
            link.pass(.milliseconds(1))
            guard link.router.forwards(source: source(1), group: group) else {
                Issue.record("not forwarded after \(millisecond) ms")
                return
            }
        }
        #expect(link.router.statistics.limits[.reportsPerHost] > 5000)
        // Without an answer it ends.
        link.pass(.seconds(3))
        #expect(!link.router.forwards(source: source(1), group: group))
    }

    @Test(
        "M4 Forged leaves, each answered, begin so many series of queries for a group in its interval; later ones merge"
    )
    func series() {
        var link = TestLink {
            $0.immediateLeave = false
            $0.lastListenerQueryCount = 1
        }
        link.report(.toExclude, group(1))
        _ = link.taken()
        for _ in 1...50 {
            link.report(.toInclude, group(1), host: 66)
            link.report(.isExclude, group(1))
        }
        #expect(link.sent().count == 16)
        link.pass(.milliseconds(999))
        #expect(link.sent().isEmpty)
        link.pass(.milliseconds(1))
        #expect(link.sent().count == 1)
        // And if the last was in earnest, it is settled one interval later.
        link.pass(.milliseconds(999))
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
        #expect(link.router.statistics.limits[.specificQueries] > 0)
    }

    @Test("M2 Queries beyond the rate are dropped and counted, and the querier is heard through a flood of them")
    func queries() {
        let querier = address("fe80::1")
        var link = TestLink { $0.queriesPerSecond = 100 }
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: querier, to: .allNodes)
        for round in 1...4000 {
            link.pass(.milliseconds(1))
            // From routers that lose the election, so that nobody follows them.
            link.receive(MLDQuery(maximumResponseDelay: 1000, group: group(1)), from: host(round), to: group(1))
            guard round.isMultiple(of: 100) else { continue }
            let heard = link.router.statistics.received.query
            link.receive(MLDQuery(maximumResponseDelay: 10_000), from: querier, to: .allNodes)
            #expect(link.router.statistics.received.query == heard + 1)
            #expect(link.router.querier.expires == link.now + .seconds(255))
        }
        #expect(link.router.statistics.limits[.queries] > 3000)
        #expect(link.router.statistics.limits[.queries] == link.router.statistics.errors.limit)
    }

    @Test("M4 Beyond the rate of specific queries leaves wait their turn, and nobody is cut off unasked")
    func specificQueries() {
        var link = TestLink {
            $0.immediateLeave = false
            $0.specificQueriesPerSecond = 10
        }
        for number in 1...100 { link.report(.toExclude, group(number)) }
        for number in 1...100 { link.report(.allow, ssmGroup(number), [source(1)]) }
        _ = link.taken()
        for number in 1...100 { link.report(.toInclude, group(number)) }
        for number in 1...100 { link.report(.block, ssmGroup(number), [source(1)]) }
        var asked = [link.sent().count]
        // A second's worth at once, in series of two.
        #expect((5...6).contains(asked[0]))
        while link.router.groupCount > 0 && asked.count < 100 {
            link.pass(.seconds(1))
            asked.append(link.sent().filter { !$0.isGeneral }.count)
        }
        #expect(asked.dropFirst(2).allSatisfy { $0 <= 12 } && asked.reduce(0, +) == 400)
        #expect((40...43).contains(asked.count))
    }

    @Test("M9 Groups outside the allow list, or on the deny list, make no state, and are counted as denied")
    func groupFilter() throws {
        let allowed = try #require(IPv6Prefix("ff1e::/16"))
        let denied = try #require(IPv6Prefix("ff1e::8/125"))
        var link = TestLink { $0.groupFilter = GroupFilter(allowed: [allowed], denied: [denied]) }
        for number in [1, 7, 8, 15, 16] { link.report(.toExclude, group(number)) }
        link.report(.allow, ssmGroup(1), [source(1)])
        #expect(link.router.groups == [group(1), group(7), group(16)])
        #expect(link.router.statistics.errors.denied == 3 && link.router.statistics.errors.limit == 0)
        #expect(link.events().isEmpty)
    }
}
