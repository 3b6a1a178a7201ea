import IPv6
import MLD
import Testing
import Timing

@Suite("Version 1 mode of an interface, and routers of another version")
struct Version1ModeTests {
    private func link(events: Bool = false) -> TestLink {
        var link = TestLink.settled(events: events) { $0.version = .mldv1 }
        _ = link.taken()
        return link
    }

    private let specific = MLDQuery(
        version: .mldv1, maximumResponseDelay: 1000, group: group(1), robustnessVariable: 2, queryInterval: 125)

    @Test("C65 In version 1 mode general queries have 24 octets and a linear delay, whatever its length")
    func generalQuery() {
        var router = MLDRouter(configuration: MLDConfiguration(), address: TestLink.routerAddress, mtu: 1500)
        var configuration = MLDConfiguration()
        configuration.version = .mldv1
        // Version 2 would send this as 8388, which says 40,000.
        configuration.queryResponseInterval = .milliseconds(40_007)
        router.reconfigure(configuration, at: Instant(nanoseconds: 0))
        var actions: [MLDRouter.Action] = []
        router.start(at: Instant(nanoseconds: 5), into: &actions)
        guard case .send(let query, let destination)? = actions.last else {
            Issue.record("no query")
            return
        }
        let sent = query.encoded(from: TestLink.routerAddress, to: destination)
        #expect(destination == .allNodes && sent.count == 24)
        #expect(Array(sent[4..<8]) == [0x9c, 0x47, 0, 0] && sent[8...].allSatisfy { $0 == 0 })
    }

    @Test("C65 In version 1 mode a Done makes two version 1 queries for the group, then it goes")
    func done() {
        var link = link()
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        link.receive(MLDv1Message(.done, group(1)), from: host(1), to: .allRouters)
        link.pass(.milliseconds(1999))
        #expect(link.sent() == [specific, specific] && link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
    }

    @Test("C65 In version 1 mode every group is, also those that version 2 reports made; no leave is immediate")
    func version2Reports() {
        var link = link()
        link.report(.toExclude, group(1), [source(1)])
        let listing = link.router.group(group(1))
        #expect(listing?.compatibility == .mldv1 && listing?.sources.isEmpty == true)
        link.report(.block, group(1), [source(2)])
        #expect(link.router.forwards(source: source(2), group: group(1)) && link.sent().isEmpty)
        link.report(.toInclude, group(1))
        #expect(link.router.isWanted(group: group(1)) && link.sent() == [specific])
    }

    @Test("C65 Sources that cannot be asked for in version 1 are asked for with their group")
    func sources() {
        var link = link()
        link.report(.allow, group(1), [source(1), source(2)])
        link.report(.toInclude, group(1), [source(1)])
        #expect(link.sent() == [specific])
        link.pass(.seconds(2))
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(1)])
    }

    @Test("C65 In version 1 mode a version 2 query is warned of at most once a minute, and counts in the election")
    func newerQuery() {
        var link = link()
        for _ in 1...3 { link.receive(MLDQuery(maximumResponseDelay: 1000), from: address("fe80::1"), to: .allNodes) }
        let warning = MLDEvent.warning(.newerVersionQuery, from: address("fe80::1"))
        #expect(link.events() == [warning, .querierChanged(address: address("fe80::1"), isSelf: false)])
        link.pass(.seconds(60))
        link.receive(MLDQuery(maximumResponseDelay: 1000), from: address("fe80::1"), to: .allNodes)
        #expect(link.events() == [warning])
    }

    @Test("C66 In version 2 mode a version 1 general query is warned of at most once a minute; the version stays")
    func olderQuery() {
        var link = TestLink.settled()
        _ = link.taken()
        let query = MLDQuery(version: .mldv1, maximumResponseDelay: 10_000)
        for _ in 1...3 { link.receive(query, from: host(9), to: .allNodes) }
        let warning = MLDEvent.warning(.olderVersionQuery, from: host(9))
        #expect(link.events() == [warning])
        link.pass(.seconds(130))
        #expect(link.sent().allSatisfy { $0.version == .mldv2 })
        link.receive(query, from: host(9), to: .allNodes)
        #expect(link.events() == [warning])
        // The specific queries of snooping bridges are version 1 and harmless.
        link.pass(.seconds(60))
        _ = link.taken()
        link.receive(MLDQuery(version: .mldv1, maximumResponseDelay: 1000, group: group(1)), from: host(9))
        #expect(link.events().isEmpty)
        link.report(.toExclude, group(1))
        #expect(link.router.group(group(1))?.compatibility == .mldv2)
    }
}
