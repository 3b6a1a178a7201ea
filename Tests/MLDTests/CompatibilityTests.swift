import IPv6
import MLD
import Testing
import Timing

@Suite("Version 1 hosts and the SSM range")
struct CompatibilityTests {
    private func settled() -> TestLink {
        var link = TestLink.settled()
        _ = link.taken()
        return link
    }

    @Test("C67 C68 M5 A version 1 report is IS_EX({}) and puts its group, and no other, into version 1 mode")
    func report() {
        var link = settled()
        link.report(.toExclude, group(2))
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        let listing = link.router.group(group(1))
        #expect(listing?.filterMode == .exclude && listing?.compatibility == .mldv1 && listing?.sources == [])
        #expect(link.router.group(group(2))?.compatibility == .mldv2)
    }

    @Test("C40 C67 Version 1 mode ends with the Older Version Host Present timer")
    func expiry() {
        var link = settled()
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        link.pass(.milliseconds(259_999))
        #expect(link.router.group(group(1))?.compatibility == .mldv1)
        link.pass(.milliseconds(1))
        #expect(link.router.group(group(1))?.compatibility == .mldv2)
    }

    @Test("C68 C69 Done is TO_IN({}): two version 2 queries, then the group goes, however well hosts are tracked")
    func done() {
        var link = settled()
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        link.receive(MLDv1Message(.done, group(1)), from: host(1), to: .allRouters)
        link.pass(.milliseconds(1999))
        let query = MLDQuery(maximumResponseDelay: 1000, group: group(1))
        #expect(link.sent() == [query, query] && link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
    }

    @Test("C68 In version 1 mode BLOCK is ignored and TO_EX loses its sources")
    func version1Mode() {
        var link = settled()
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        _ = link.taken()
        link.report(.block, group(1), [source(1)], host: 2)
        #expect(link.taken().isEmpty && link.router.group(group(1))?.sources == [])
        link.report(.toExclude, group(1), [source(1)], host: 2)
        #expect(link.taken().isEmpty && link.router.forwards(source: source(1), group: group(1)))
        link.pass(.seconds(260))
        link.report(.toExclude, group(1), [source(1)], host: 2)
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(1)])
    }

    @Test("C70 M5 With the switch off version 1 messages are refused and counted")
    func switchedOff() {
        var link = TestLink.settled { $0.olderHostCompatibility = false }
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        link.receive(MLDv1Message(.done, group(1)), from: host(1), to: .allRouters)
        #expect(link.router.groupCount == 0 && link.router.statistics.errors.denied == 2)
        #expect(link.router.statistics.received.reportV1 == 0)
    }

    @Test("C71 M5 In the SSM range IS_EX, TO_EX and version 1 messages are ignored, other records count")
    func sourceSpecific() {
        var link = settled()
        link.report(.isExclude, ssmGroup(1))
        link.report(.toExclude, ssmGroup(1), [source(1)])
        link.receive(MLDv1Message(.report, ssmGroup(1)), from: host(1), to: ssmGroup(1))
        #expect(link.router.groupCount == 0 && link.router.statistics.errors.noSource == 3)
        _ = link.taken()
        link.report(.allow, ssmGroup(1), [source(1)])
        link.receive(MLDv1Message(.done, ssmGroup(1)), from: host(1), to: .allRouters)
        link.report(.toExclude, ssmGroup(1), [])
        #expect(link.router.group(ssmGroup(1))?.filterMode == .include && link.sent().isEmpty)
    }

    @Test("C71 A host that names no source in the SSM range is counted, and told of once a minute with its group")
    func missingSource() {
        var link = settled()
        let missing = { (number: Int, name: Int) in
            MLDRouter.Action.event(.sourceMissing(group: ssmGroup(number), host: host(name)))
        }
        // One message counts once, however many of its records name no source.
        let report = MLDReport([.init(.toExclude, ssmGroup(1), []), .init(.toExclude, ssmGroup(2), [])])
        link.receive(report, from: host(1), to: .allMLDv2Routers)
        #expect(link.taken() == [missing(2, 1)] && link.router.statistics.errors.noSource == 1)
        for number in 0..<1000 { link.report(.isExclude, ssmGroup(number), host: 2) }
        link.receive(MLDv1Message(.report, ssmGroup(3)), from: host(3), to: ssmGroup(3))
        #expect(link.taken().isEmpty && link.router.statistics.errors.noSource == 1002)
        link.pass(.seconds(61))
        _ = link.taken()
        link.receive(MLDv1Message(.done, ssmGroup(3)), from: host(3), to: .allRouters)
        #expect(link.taken().isEmpty && link.router.statistics.errors.noSource == 1003)
        link.receive(MLDv1Message(.report, ssmGroup(3)), from: host(3), to: ssmGroup(3))
        #expect(link.taken() == [missing(3, 3)])
        #expect(link.router.statistics.received.reportV1 == 0 && link.router.groupCount == 0)
    }
}
