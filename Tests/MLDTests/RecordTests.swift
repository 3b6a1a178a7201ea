import IPv6
import MLD
import Testing
import Timing

/// The record of one group, and what it forwards while its timers run.
@Suite("Record of a group")
struct RecordTests {
    @Test(
        "C41 A record has group, mode, filter timer and sources with timers; X is forwarded, Y is blocked without timer"
    )
    func contents() throws {
        var link = TestLink()
        let begin = link.now
        link.report(.toExclude, group(1), [source(1), source(2)], host: 1)
        link.pass(.seconds(10))
        let later = link.now
        link.report(.isInclude, group(1), [source(2), source(3)], host: 2)
        let listing = try #require(link.router.group(group(1)))
        #expect(listing.group == group(1) && listing.filterMode == .exclude)
        #expect(listing.expires == begin + .seconds(270) && listing.created == begin)
        #expect(listing.sources.map(\.address) == [source(1), source(2), source(3)])
        #expect(listing.sources.map(\.state) == [.block, .forward, .forward])
        #expect(listing.sources.map(\.expires) == [nil, later + .seconds(270), later + .seconds(270)])
        #expect((1...4).map { link.router.forwards(source: source($0), group: group(1)) } == [false, true, true, true])
        #expect(!link.router.forwards(source: source(2), group: group(2)), "another group has a record of its own")
    }

    @Test("C41 C43 C44 Each source of X leaves by its own timer, Y stays until the filter timer ends")
    func lives() {
        var link = TestLink()
        link.report(.toExclude, group(1), [source(1), source(2)], host: 1)
        for second in [100, 200] {
            link.pass(.seconds(100))
            link.report(.isInclude, group(1), [source(second == 100 ? 2 : 3)], host: 2)
        }
        link.report(.isExclude, group(1), [source(1), source(2), source(3)], host: 1)  // at 200 s
        link.pass(.milliseconds(169_999))
        #expect(states(link) == [.block, .forward, .forward])
        link.pass(.milliseconds(1))  // 370 s
        #expect(states(link) == [.block, .block, .forward])
        link.pass(.seconds(99))
        #expect(states(link) == [.block, .block, .forward])
        link.pass(.seconds(1))  // 470 s: source 3 and the filter timer
        #expect(link.router.groupCount == 0)
    }

    private func states(_ link: TestLink) -> [GroupListing.SourceDisposition]? {
        link.router.group(group(1))?.sources.map(\.state)
    }

    @Test("C44 When the filter timer ends, X decides between INCLUDE(X) and no record at all", arguments: [0, 1, 2])
    func filterTimerEnds(included: Int) {
        var link = TestLink()
        link.report(.toExclude, group(1), [source(8), source(9)], host: 1)
        link.pass(.seconds(100))
        let sources = (0..<included).map { source($0 + 1) }
        link.report(.isInclude, group(1), sources, host: 2)
        _ = link.taken()
        link.pass(.seconds(170))
        #expect(link.changes() == [group(1)])
        let listing = link.router.group(group(1))
        #expect((listing == nil) == sources.isEmpty)
        #expect(listing?.filterMode != .exclude && listing?.sources.map(\.address) ?? [] == sources)
        #expect(!link.router.forwards(source: source(5), group: group(1)))
    }

    @Test("C42 An INCLUDE record forwards its sources and nothing else, and goes with its last source")
    func include() {
        var link = TestLink()
        for number in 1...3 {
            link.report(.allow, group(1), [source(number)])
            link.pass(.seconds(10))
        }
        // The sources end at 270, 280 and 290 s; it is 30 s.
        for (ended, wait) in [(0, 239), (1, 1), (1, 9), (2, 1), (2, 9), (3, 1)] {
            link.pass(.seconds(wait))
            let forwarded = (1...4).filter { link.router.forwards(source: source($0), group: group(1)) }
            #expect(forwarded == Array(1...3).filter { $0 > ended })
            #expect(link.router.group(group(1))?.sources.count ?? 0 == 3 - ended)
        }
        #expect(link.router.groupCount == 0)
    }

    @Test("C23 C46 C63 Sources are forwarded while listeners are asked, and others of the group untouched")
    func sourcesWhileAsked() {
        var link = TestLink.settled { $0.immediateLeave = false }
        link.report(.allow, group(1), [source(1), source(2)])
        let long = link.now + .seconds(270)
        _ = link.taken()
        link.report(.block, group(1), [source(1)])
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)])])
        #expect(link.router.group(group(1))?.sources.map(\.expires) == [link.now + .seconds(2), long])
        link.pass(.milliseconds(1999))
        #expect(link.router.forwards(source: source(1), group: group(1)) && link.changes().isEmpty)
        link.pass(.milliseconds(1))
        #expect(!link.router.forwards(source: source(1), group: group(1)) && link.changes() == [group(1)])
        #expect(link.router.group(group(1))?.sources.map(\.expires) == [long])
    }

    @Test(
        "C58 C61 C62 C63 TO_IN of another list asks for the group and for what the list leaves out, with timers lowered"
    )
    func groupAndSources() {
        var link = TestLink.settled { $0.immediateLeave = false }
        link.report(.toExclude, group(1))
        link.report(.allow, group(1), [source(1), source(2)])
        _ = link.taken()
        link.report(.toInclude, group(1), [source(2)])
        let lowered = link.now + .seconds(2)
        let byGroup = MLDQuery(maximumResponseDelay: 1000, group: group(1))
        let bySource = MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(1)])
        #expect(link.sent() == [byGroup, bySource])
        #expect(link.router.group(group(1))?.expires == lowered)
        #expect(link.router.group(group(1))?.sources.map(\.expires) == [lowered, link.now + .seconds(270)])
        link.pass(.seconds(1))
        #expect(link.sent() == [byGroup, bySource])
        link.pass(.seconds(1))
        #expect(link.router.group(group(1))?.filterMode == .include)
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(2)])
        #expect(link.sent().isEmpty)
    }
}
