import IPv6
import MLD
import Testing
import Timing

@Suite("The end of EXCLUDE mode where all listeners are tracked")
struct ExcludeEndTests {
    /// A router that has not heard all yet and follows another querier: host 1 wanted everything and wants source 1 now,
    /// host 2 source 2. The querier knew that without asking.
    private func follower(_ adjust: (inout MLDConfiguration) -> Void = { _ in }) -> TestLink {
        var link = TestLink(adjust)
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: address("fe80::1"), to: .allNodes)
        link.report(.toExclude, group(1))
        link.report(.toInclude, group(1), [source(1)])
        link.report(.allow, group(1), [source(2)], host: 2)
        link.pass(.seconds(20))
        _ = link.taken()
        return link
    }

    private func forwarded(_ link: TestLink) -> [Int] {
        [1, 2, 3, 9].filter { link.router.forwards(source: source($0), group: group(1)) }
    }

    @Test(
        "A leave ends EXCLUDE mode that no tracked host is in: only what tracked hosts name goes on",
        arguments: [
            (.block, 1, [1], [2]), (.toInclude, 1, [], [2]), (.block, 2, [2], [1]), (.block, 2, [1], [1, 2]),
        ] as [(MLDRecordKind, Int, [Int], [Int])])
    func ends(kind: MLDRecordKind, sender: Int, named: [Int], left: [Int]) {
        var link = follower()
        #expect(forwarded(link) == [1, 2, 3, 9])
        link.report(kind, group(1), named.map(source), host: sender)
        #expect(link.changes() == [group(1)])
        #expect(forwarded(link) == left)
        // What goes on does so for as long as its listener was heard.
        link.pass(.seconds(240))
        #expect(forwarded(link) == left)
    }

    @Test(
        "EXCLUDE mode goes on where its sender may be in it, or may want more than it says",
        arguments: [
            (.block, 3, [1]), (.toInclude, 3, []), (.toInclude, 3, [3]), (.toInclude, 1, [3]), (.allow, 1, [3]),
            (.isInclude, 1, [1]),
        ] as [(MLDRecordKind, Int, [Int])])
    func staysBySender(kind: MLDRecordKind, sender: Int, named: [Int]) {
        var link = follower()
        link.report(kind, group(1), named.map(source), host: sender)
        #expect(forwarded(link) == [1, 2, 3, 9])
    }

    /// Something after which a listener of everything may be there that is not tracked.
    enum Doubt: CaseIterable, Sendable {
        case excluding, host, rate, version1, answer, part
    }

    @Test("EXCLUDE mode goes on where a listener in it may not be tracked", arguments: Doubt.allCases)
    func stays(doubt: Doubt) {
        var link = follower {
            if doubt == .host { $0.maximumHosts = 2 }
            if doubt == .rate { $0.reportsPerSecondPerHost = 1 }
        }
        switch doubt {
        case .excluding, .host: link.report(.toExclude, group(1), host: 3)
        case .rate:
            for number in 4...6 { link.report(.toExclude, group(number), host: 3) }
            link.report(.toExclude, group(1), host: 3)
            #expect(link.router.group(group(1))?.hosts.count == 2)
        case .version1:
            link.receive(MLDv1Message(.report, group(1)), from: host(3), to: group(1))
            link.receive(MLDv1Message(.done, group(1)), from: host(3), to: .allRouters)
        case .answer:
            let query = MLDQuery(maximumResponseDelay: 1000, group: group(1), sources: [source(3)])
            link.receive(query, from: address("fe80::1"), to: group(1))
            link.report(.isInclude, group(1), [source(3)], host: 3)
        case .part:
            link.report(.toExclude, group(1), host: 3)
            link.report(.toInclude, group(1), (100...170).map(source), host: 3)
        }
        link.report(.block, group(1), [source(1)])
        #expect(forwarded(link).suffix(3) == [2, 3, 9])
    }

    @Test(
        "A source that was kept out of the record, then blocked by one host, goes on for the other while one answer is lost"
    )
    func revived() {
        var link = TestLink()
        link.report(.allow, group(1), [source(1)])
        link.report(.allow, group(1), [source(1), source(3)], host: 2)
        link.report(.toExclude, group(1), host: 3)
        link.pass(.milliseconds(9_500))
        link.report(.toInclude, group(1), [source(2)], host: 3)
        link.pass(.milliseconds(600))
        link.report(.block, group(1), [source(1)], host: 2)
        link.pass(.seconds(5))
        #expect(forwarded(link) == [1, 2, 3])
    }

    /// A report with one record, octet by octet: type, number of sources, group ff1e::1, sources.
    private func packet(_ type: String, _ sources: [String] = []) -> [UInt8] {
        let header = "8f 00 0000 0000 0001"
        let record = "\(type) 00 000\(sources.count) ff1e 0000 0000 0000 0000 0000 0000 0001"
        return octets(([header, record] + sources).joined(separator: " "))
    }

    @Test(
        "C21 A host in EXCLUDE mode that answers for one source goes on getting the others when another host leaves",
        arguments: [true, false])
    func answerOfExcluding(isKnown: Bool) {
        let first = "2001 0db8 0000 0000 0000 0000 0000 0001"
        var link = TestLink.settled()
        // TO_EX() of both; that of the first one may have been lost.
        if isKnown { link.receive(packet("04"), from: host(1)) }
        link.receive(packet("04"), from: host(2))
        // BLOCK, and the answer IS_IN to the query for the source.
        link.receive(packet("06", [first]), from: host(2))
        link.receive(packet("01", [first]), from: host(1))
        let modes = link.router.group(group(1))?.hosts.map(\.filterMode)
        #expect(modes == (isKnown ? [.exclude, .exclude] : [.exclude, .include]))
        link.pass(.seconds(3))
        _ = link.taken()
        // TO_IN() of the second host.
        link.receive(packet("03"), from: host(2))
        #expect(link.sent().contains { $0.sources.isEmpty })
        #expect(forwarded(link) == [1, 2, 3, 9])
        // The answer to that, IS_EX().
        link.pass(.seconds(1))
        link.receive(packet("02"), from: host(1))
        link.pass(.seconds(5))
        #expect(forwarded(link) == [1, 2, 3, 9])
    }

    @Test(
        "C21 IS_IN of an unknown host is all that it wants if no source was asked for, or no host can be in EXCLUDE mode",
        arguments: [true, false])
    func answerOfIncluding(isAsked: Bool) {
        var link = TestLink.settled()
        let wanted = isAsked ? ssmGroup(1) : group(1)
        link.report(.allow, wanted, [source(1)], host: 2)
        if isAsked {
            let query = MLDQuery(maximumResponseDelay: 1000, group: wanted, sources: [source(1)])
            link.receive(query, from: address("fe80::1:0:0:1"), to: wanted)
        }
        link.report(.isInclude, wanted, [source(1)])
        _ = link.taken()
        link.report(.block, wanted, [source(1)])
        link.report(.block, wanted, [source(1)], host: 2)
        #expect(!link.router.isWanted(group: wanted))
    }
}
