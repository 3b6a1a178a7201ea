import IPv6
import MLD
import Testing
import Timing

@Suite("Records over time")
struct TimerTests {
    @Test("C41 C44 An EXCLUDE record without sources ends with its filter timer")
    func filterTimer() {
        var link = TestLink()
        link.report(.isExclude, group(1))
        #expect(link.changes() == [group(1)])
        #expect(link.router.forwards(source: source(1), group: group(1)))
        link.pass(.milliseconds(269_999))
        #expect(link.router.isWanted(group: group(1)) && link.changes().isEmpty)
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)) && link.changes() == [group(1)])
        #expect(!link.router.forwards(source: source(1), group: group(1)))
        #expect(link.router.hostCount == 0)
    }

    @Test("C42 A source of an INCLUDE record ends with its timer, the record with its last source")
    func sourceTimer() {
        var link = TestLink()
        link.report(.allow, group(1), [source(1)])
        link.pass(.seconds(100))
        link.report(.allow, group(1), [source(2)])
        _ = link.taken()
        #expect(link.router.forwards(source: source(1), group: group(1)))
        #expect(!link.router.forwards(source: source(3), group: group(1)))
        link.pass(.seconds(170))
        #expect(link.changes() == [group(1)])
        #expect(!link.router.forwards(source: source(1), group: group(1)))
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(2)])
        link.pass(.seconds(100))
        #expect(link.router.groupCount == 0 && link.changes() == [group(1)])
    }

    @Test("C43 A source of an EXCLUDE record is blocked when its timer ends, not deleted")
    func blocking() {
        var link = TestLink()
        link.report(.allow, group(1), [source(1)], host: 1)
        link.pass(.seconds(100))
        link.report(.toExclude, group(1), [source(1), source(2)], host: 2)
        _ = link.taken()
        #expect(link.router.forwards(source: source(1), group: group(1)))
        #expect(!link.router.forwards(source: source(2), group: group(1)))
        #expect(link.router.forwards(source: source(3), group: group(1)))
        link.pass(.seconds(170))
        #expect(link.changes() == [group(1)])
        #expect(!link.router.forwards(source: source(1), group: group(1)))
        let listing = link.router.group(group(1))
        #expect(listing?.filterMode == .exclude && listing?.sources.map(\.state) == [.block, .block])
    }

    @Test("C44 When the filter timer ends, sources with a timer stay in INCLUDE mode, blocked ones are dropped")
    func toInclude() {
        var link = TestLink(events: true)
        link.report(.toExclude, group(1), [source(1), source(2)], host: 1)
        link.pass(.seconds(50))
        link.report(.isInclude, group(1), [source(2), source(3)], host: 2)
        _ = link.taken()
        link.pass(.seconds(220))
        let listing = link.router.group(group(1))
        #expect(listing?.filterMode == .include && listing?.expires == nil)
        #expect(listing?.sources.map(\.address) == [source(2), source(3)])
        #expect(listing?.hosts.map(\.address) == [host(2)])
        let events = link.events()
        #expect(events.contains(.modeChanged(group: group(1), mode: .include)))
        #expect(events.contains(.sourceRemoved(group: group(1), source: source(1))))
        #expect(events.contains(.hostLeft(group: group(1), host: host(1))))
    }

    @Test("Refreshed state lasts as long as it is refreshed, at the cost of few deadlines")
    func refreshing() {
        var link = TestLink()
        for _ in 0..<100 {
            link.report(.isExclude, group(1))
            link.report(.isInclude, group(2), [source(1)])
            link.pass(.seconds(125))
            #expect(link.router.groupCount == 2 && link.router.listenerCount(group: group(2)) == 1)
        }
        link.pass(.seconds(145))
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
    }

    @Test(
        "A host that falls silent is no longer tracked after the listening interval; the group goes on for the others")
    func silentHost() {
        var link = TestLink(events: true)
        link.report(.isExclude, group(1), host: 1)
        link.report(.isExclude, group(1), host: 2)
        for _ in 0..<3 {
            link.pass(.seconds(90))
            link.report(.isExclude, group(1), host: 2)
        }
        #expect(link.router.listenerCount(group: group(1)) == 1)
        #expect(link.events().contains(.hostLeft(group: group(1), host: host(1))))
        #expect(link.router.isWanted(group: group(1)))
    }

    @Test("Nothing is due before nextDeadline, and nothing is waiting when all is stopped")
    func deadlines() {
        var link = TestLink()
        link.report(.toExclude, group(1))
        link.pass(.seconds(60))
        _ = link.taken()
        for _ in 0..<50 {
            guard let next = link.router.nextDeadline else { break }
            #expect(next > link.now)
            link.pass(next - link.now + .nanoseconds(-1))
            #expect(link.taken().isEmpty)
            link.pass(.nanoseconds(1))
            _ = link.taken()
        }
        link.stop()
        link.pass(.seconds(10_000))
        #expect(link.router.nextDeadline == nil)
    }
}
