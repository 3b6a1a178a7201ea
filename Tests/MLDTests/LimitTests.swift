import IPv6
import Testing
import Timing

@testable import MLD

@Suite("Limits")
struct LimitTests {
    @Test("Groups beyond the limit are refused, counted, and told once a minute; those that are there go on")
    func groups() {
        var link = TestLink { $0.maximumGroups = 2 }
        for number in 1...5 { link.report(.toExclude, group(number)) }
        #expect(link.router.groupCount == 2 && link.router.statistics.errors.limit == 3)
        #expect(link.events() == [.limitReached(.groups, host: host(1))])
        link.pass(.seconds(60))
        link.report(.isExclude, group(1))
        link.report(.allow, group(2), [source(1)])
        #expect(link.events().isEmpty)
        #expect(link.router.group(group(1))?.expires == link.now + .seconds(270))
        link.report(.toExclude, group(6))
        #expect(link.events() == [.limitReached(.groups, host: host(1))] && link.router.statistics.errors.limit == 4)
        link.pass(.seconds(270))
        link.report(.toExclude, group(7))
        #expect(link.router.isWanted(group: group(7)))
    }

    @Test("Sources beyond the limit of a group are refused; those that are there are refreshed")
    func groupSources() {
        var link = TestLink { $0.maximumGroupSources = 3 }
        link.report(.allow, group(1), (1...5).map(source))
        #expect(link.router.group(group(1))?.sources.count == 3 && link.router.statistics.errors.limit == 1)
        #expect(link.events() == [.limitReached(.groupSources, host: host(1))])
        link.pass(.seconds(100))
        link.report(.isInclude, group(1), (1...5).map(source))
        #expect(link.router.group(group(1))?.sources.allSatisfy { $0.expires == link.now + .seconds(270) } == true)
        // A full record may block less than it is asked to, never more.
        link.report(.toExclude, group(2), (1...5).map(source))
        #expect((1...5).filter { !link.router.forwards(source: source($0), group: group(2)) }.count == 3)
        #expect(link.router.forwards(source: source(9), group: group(2)))
    }

    @Test("A report that finds no room for any of its sources makes no group")
    func noRoom() {
        var link = TestLink(events: true) { $0.maximumGroupSources = 0 }
        link.report(.allow, group(1), [source(1)])
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0 && link.changes().isEmpty)
    }

    @Test("Hosts beyond the limit are served, and their leaving is settled by queries: nobody is cut off")
    func hosts() {
        var link = TestLink.settled { $0.maximumHosts = 2 }
        _ = link.taken()
        for number in 1...3 { link.report(.toExclude, group(1), host: number) }
        link.report(.toExclude, group(2), host: 4)
        #expect(link.router.hostCount == 2 && link.router.isWanted(group: group(2)))
        #expect(link.router.statistics.errors.limit == 2)
        #expect(link.events() == [.limitReached(.hosts, host: host(3))])
        link.report(.toInclude, group(1), host: 1)
        link.report(.toInclude, group(1), host: 2)
        #expect(link.sent().isEmpty == false && link.router.isWanted(group: group(1)))
        link.report(.isExclude, group(1), host: 3)
        link.pass(.seconds(100))
        #expect(link.router.isWanted(group: group(1)))
    }

    @Test("Memberships are bounded; hosts beyond are served and settled by queries")
    func memberships() {
        var link = TestLink.settled { $0.maximumGroups = 2 }  // 16 memberships
        _ = link.taken()
        for number in 1...20 { link.report(.toExclude, group(1), host: number) }
        #expect(link.router.listenerCount(group: group(1)) == 16 && link.router.hostCount == 16)
        #expect(link.events() == [.limitReached(.memberships, host: host(17))])
        for number in 1...16 { link.report(.toInclude, group(1), host: number) }
        #expect(link.router.isWanted(group: group(1)))
        link.report(.isExclude, group(1), host: 20)
        link.pass(.seconds(3))
        #expect(link.router.isWanted(group: group(1)))
    }

    @Test("The sources of all groups together are bounded")
    func sources() {
        var link = TestLink { $0.maximumGroups = 3 }  // 12 sources
        for number in 1...3 { link.report(.allow, group(number), (1...6).map(source)) }
        var total = 0
        for group in link.router.groups { total += link.router.group(group)?.sources.count ?? 0 }
        #expect(total == 12 && link.router.groupCount == 2)
        #expect(link.events() == [.limitReached(.sources, host: host(1))])
        link.pass(.seconds(300))
        link.report(.allow, group(3), (1...6).map(source))
        #expect(link.router.group(group(3))?.sources.count == 6)
    }

    @Test("A flood of groups that come and go leaves nothing behind")
    func flood() {
        var link = TestLink.settled { $0.maximumGroups = 100 }
        for number in 1...50_000 {
            link.report(.toExclude, group(number), host: number)
            link.report(.toInclude, group(number), host: number)
        }
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0 && link.router.table.records.count == 1)
        #expect(link.router.table.deadlineCount < 10)
        #expect(link.router.sourceTotal == 0 && link.router.membershipTotal == 0)
    }

    @Test("Leaving and joining over and over does not pile up deadlines")
    func deadlineBound() {
        var link = TestLink { $0.immediateLeave = false }
        for _ in 0..<2000 {
            link.report(.toExclude, group(1))
            link.report(.toInclude, group(1))
            link.pass(.milliseconds(10))
        }
        #expect(link.router.table.deadlineCount <= 2 + 64)
    }

    @Test("A hundred thousand groups: all held, refreshed without new deadlines, all gone when nobody asks any more")
    func hundredThousandGroups() {
        let count = 100_000
        var link = TestLink { $0.maximumGroups = count }
        let reports = stride(from: 0, to: count, by: 50).map { first in
            MLDReport((first..<first + 50).map { .init(.isExclude, group($0 + 1)) })
                .encoded(from: host(1), to: .allMLDv2Routers)
        }
        for _ in 0..<2 {
            for report in reports { link.receive(report, from: host(1)) }
            #expect(link.router.groupCount == count && link.router.table.deadlineCount == count)
            link.pass(.seconds(100))
        }
        #expect(link.router.statistics.errors == MLDStatistics.Errors())
        #expect(MemoryLayout<GroupRecord>.stride <= 200)
        _ = link.taken()
        link.pass(.seconds(170))
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
        #expect(link.router.membershipTotal == 0 && link.changes().count == count)
    }

    @Test("C23 Who was refused for want of room is asked before another's leave ends what it wanted")
    func refusedListener() {
        var link = TestLink.settled { $0.maximumGroups = 1 }
        link.report(.toExclude, group(1), host: 1)
        link.report(.toExclude, group(2), host: 2)
        link.report(.toInclude, group(1), host: 1)
        link.report(.toExclude, group(2), host: 3)
        _ = link.taken()
        link.report(.toInclude, group(2), host: 3)
        #expect(link.router.isWanted(group: group(2)) && link.sent().count == 1)
        link.report(.isExclude, group(2), host: 2)
        link.pass(.seconds(10))
        #expect(link.router.isWanted(group: group(2)))
    }

    @Test("C23 Whose report was dropped because of a rate is asked before another's leave ends what it wanted")
    func unheardListener() {
        var link = TestLink.settled { $0.reportsPerSecondPerHost = 1 }
        link.report(.toExclude, group(1), host: 1)
        link.report(.toExclude, group(2), host: 2)
        link.report(.toExclude, group(1), host: 2)
        link.pass(.seconds(1))
        _ = link.taken()
        link.report(.toInclude, group(1), host: 1)
        #expect(link.router.isWanted(group: group(1)) && link.sent().count == 1)
    }

    @Test("A host whose new sources find no room is no longer tracked, and nothing ends without a query")
    func noRoomForSourcesOfATrackedHost() {
        var link = TestLink.settled { $0.maximumGroupSources = 1 }
        link.report(.toExclude, group(1), host: 1)
        link.report(.toExclude, group(1), [source(1)], host: 2)
        _ = link.taken()
        link.report(.toInclude, group(1), [source(2)], host: 1)
        link.report(.toInclude, group(1), host: 2)
        #expect(link.router.group(group(1))?.hosts.map(\.address) == [])
        #expect(link.router.hostCount == 0)
        #expect(!link.sent().isEmpty)
        #expect(link.router.forwards(source: source(2), group: group(1)))
    }
}
