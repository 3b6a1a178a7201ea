import IPv6
import MLD
import Testing
import Timing

@Suite("Host tracking and immediate leave")
struct HostTrackingTests {
    private func settled() -> TestLink {
        var link = TestLink.settled(events: true)
        _ = link.taken()
        return link
    }

    @Test("C21 C23 The last tracked host leaves: the state goes at once, and a query confirms it")
    func lastHost() {
        var link = settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1))
        #expect(
            link.taken() == [
                .event(.hostLeft(group: group(1), host: host(1))), .suggestionChanged(group: group(1)),
                .event(.groupRemoved(group: group(1))),
                .send(MLDQuery(maximumResponseDelay: 1000, group: group(1)), to: group(1)),
            ])
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
    }

    @Test("C23 The last tracked SSM listener leaves: the source goes at once, and a query for it confirms it")
    func lastSourceListener() {
        var link = settled()
        link.report(.allow, ssmGroup(1), [source(1)])
        link.report(.allow, ssmGroup(1), [source(2)], host: 2)
        _ = link.taken()
        link.report(.block, ssmGroup(1), [source(1)])
        #expect(link.sent().map(\.sources) == [[source(1)]])
        #expect(!link.router.forwards(source: source(1), group: ssmGroup(1)))
        #expect(link.router.forwards(source: source(2), group: ssmGroup(1)))
        link.pass(.seconds(5))
        _ = link.taken()
        link.report(.block, ssmGroup(1), [source(2)], host: 2)
        #expect(link.sent().map(\.sources) == [[source(2)]] && link.router.groupCount == 0)
    }

    @Test(
        "C87 Of three listeners two leave: no timer is lowered and nothing changes for the third",
        arguments: [true, false])
    func oneOfThree(anySource: Bool) {
        var link = settled()
        let wanted = anySource ? group(1) : ssmGroup(1)
        for number in 1...3 {
            link.report(anySource ? .toExclude : .allow, wanted, anySource ? [] : [source(1)], host: number)
        }
        #expect(link.router.listenerCount(group: wanted, source: source(1)) == 3)
        _ = link.taken()
        for number in 1...2 {
            link.report(anySource ? .toInclude : .block, wanted, anySource ? [] : [source(1)], host: number)
            // Asked for the sake of bridges; an answer is not needed.
            link.pass(.seconds(3))
            #expect(link.sent() == Array(repeating: MLDQuery(maximumResponseDelay: 1000, group: wanted), count: 2))
            #expect(link.router.forwards(source: source(1), group: wanted))
        }
        #expect(link.router.listenerCount(group: wanted) == 1)
        link.report(anySource ? .toInclude : .block, wanted, anySource ? [] : [source(1)], host: 3)
        #expect(!link.router.isWanted(group: wanted))
    }

    @Test("Before every listener has had a query round to be heard, a leave is settled by queries")
    func beforeFirstRound() {
        var link = TestLink()
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.pass(.milliseconds(9_999))
        link.report(.toInclude, group(1))
        #expect(link.sent().count == 1 && link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        link.report(.toExclude, group(2))
        _ = link.taken()
        link.report(.toInclude, group(2))
        #expect(!link.router.isWanted(group: group(2)))
    }

    @Test(
        "After the state was cleared or the link came back, leaving is settled by queries until the next round is over")
    func afterClearing() {
        for restart in [true, false] {
            var link = settled()
            link.report(.toExclude, group(1), host: 1)
            if restart { link.start() } else { link.clear(nil) }
            link.report(.isExclude, group(1), host: 2)
            _ = link.taken()
            link.report(.toInclude, group(1), host: 2)
            if restart { link.report(.toInclude, group(1), host: 1) }
            #expect(link.sent().count == 1 && link.router.isWanted(group: group(1)))
        }
    }

    @Test("With immediate leave switched off every leave is settled by queries")
    func switchedOff() {
        var link = TestLink.settled { $0.immediateLeave = false }
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1))
        #expect(link.sent().count == 1 && link.router.isWanted(group: group(1)))
    }

    @Test("When the last host in EXCLUDE mode leaves, what others include goes on at once and nothing else does")
    func mixedModes() {
        var link = settled()
        link.report(.allow, group(1), [source(1)], host: 1)
        link.report(.toExclude, group(1), host: 2)
        #expect(link.router.forwards(source: source(9), group: group(1)))
        // The table deletes source 1 from EXCLUDE({},{}), but host 1 still names it.
        #expect(link.router.group(group(1))?.sources == [])
        _ = link.taken()
        link.report(.toInclude, group(1), host: 2)
        #expect(link.router.forwards(source: source(1), group: group(1)))
        #expect(!link.router.forwards(source: source(9), group: group(1)))
        let listing = link.router.group(group(1))
        #expect(listing?.filterMode == .include && listing?.hosts.map(\.address) == [host(1)])
        link.report(.block, group(1), [source(1)], host: 1)
        #expect(link.router.groupCount == 0)
    }

    @Test("A host going from EXCLUDE to INCLUDE of a source, alone, narrows the forwarding at once")
    func narrowing() {
        var link = settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1), [source(1)])
        #expect(link.router.forwards(source: source(1), group: group(1)))
        #expect(!link.router.forwards(source: source(2), group: group(1)))
    }

    @Test("Sources blocked by one host stay while another excludes nothing, else they are asked for")
    func blocking() {
        var link = settled()
        link.report(.toExclude, group(1), host: 1)
        link.report(.toExclude, group(1), host: 2)
        _ = link.taken()
        link.report(.block, group(1), [source(1)], host: 1)
        link.pass(.seconds(5))
        #expect(link.sent().allSatisfy(\.sources.isEmpty) && link.router.forwards(source: source(1), group: group(1)))
        link.report(.block, group(1), [source(2)], host: 2)
        #expect(link.sent().map(\.sources) == [[source(2)]])
    }

    @Test("M4 A stranger's leave takes nothing from the hosts that are tracked")
    func stranger() {
        var link = settled()
        link.report(.toExclude, group(1), host: 1)
        link.report(.allow, ssmGroup(1), [source(1)], host: 1)
        _ = link.taken()
        link.report(.toInclude, group(1), host: 99)
        link.report(.block, ssmGroup(1), [source(1)], host: 99)
        link.pass(.seconds(5))
        #expect(link.changes().isEmpty)
        #expect(link.router.isWanted(group: group(1)))
        #expect(link.router.forwards(source: source(1), group: ssmGroup(1)))
    }

    @Test("A host whose change to INCLUDE was lost is not cut off when another one leaves")
    func lostChange() {
        var link = settled()
        link.report(.toExclude, group(1))
        for _ in 0..<2 {
            link.pass(.seconds(125))
            link.report(.isInclude, group(1), [source(1)])
        }
        link.pass(.seconds(25))  // the filter timer has run out, host 1 has not been heard again
        link.report(.allow, group(1), [source(1)], host: 2)
        _ = link.taken()
        link.report(.block, group(1), [source(1)], host: 2)
        #expect(link.sent().map(\.sources) == [[source(1)]])
        #expect(link.router.forwards(source: source(1), group: group(1)))
    }

    @Test("A list that may be one part of several is settled by queries")
    func partialList() {
        var link = settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        link.report(.toInclude, group(1), (1...80).map(source))
        #expect(link.sent().count == 1 && link.router.forwards(source: source(100), group: group(1)))
        link.report(.toInclude, group(1), (81...120).map(source))
        #expect(link.router.group(group(1))?.hosts.first?.sources == (1...120).map(source))
        link.pass(.milliseconds(500))
        link.report(.isInclude, group(1), (1...80).map(source))
        link.pass(.seconds(2))
        #expect(link.router.group(group(1))?.sources.count == 120)
        #expect(!link.router.forwards(source: source(121), group: group(1)))
    }

    @Test("C21 What a host is known to want follows its records")
    func membership() {
        var link = settled()
        let steps: [(MLDRecordKind, [Int], FilterMode?, [Int])] = [
            (.allow, [2, 1], .include, [1, 2]), (.isInclude, [3], .include, [1, 2, 3]),
            (.block, [2], .include, [1, 3]),
            (.toExclude, [1, 4], .exclude, [1, 4]), (.allow, [4], .exclude, [1]), (.block, [5], .exclude, [1, 5]),
            (.isExclude, [5], .exclude, [5]), (.isExclude, [], .exclude, []), (.toInclude, [7], .include, [7]),
            (.toInclude, [7], .include, [7]), (.toInclude, [8], .include, [7, 8]), (.block, [7, 8], nil, []),
            (.toExclude, [], .exclude, []), (.toInclude, [], nil, []),
        ]
        link.report(.toExclude, group(1), host: 9)
        for (kind, named, mode, sources) in steps {
            link.report(kind, group(1), named.map(source))
            let entry = link.router.group(group(1))?.hosts.first { $0.address == host(1) }
            #expect(entry?.filterMode == mode && entry?.sources ?? [] == sources.map(source), "\(kind) \(named)")
        }
        #expect(link.router.hostCount == 1)
    }

    @Test("Joining and leaving is told as events, if anybody wants them", arguments: [true, false])
    func events(wanted: Bool) {
        var link = TestLink.settled(events: wanted)
        _ = link.taken()
        link.report(.allow, group(1), [source(1)])
        link.report(.toExclude, group(1), host: 2)
        link.report(.isExclude, group(1), host: 2)
        link.report(.toInclude, group(1), host: 2)
        link.report(.block, group(1), [source(1)])
        let expected: [MLDEvent] = [
            .groupAdded(group: group(1)), .hostJoined(group: group(1), host: host(1)),
            .sourceAdded(group: group(1), source: source(1)),
            .hostJoined(group: group(1), host: host(2)), .modeChanged(group: group(1), mode: .exclude),
            .sourceRemoved(group: group(1), source: source(1)),
            .hostLeft(group: group(1), host: host(2)), .modeChanged(group: group(1), mode: .include),
            .sourceAdded(group: group(1), source: source(1)),
            .hostLeft(group: group(1), host: host(1)), .sourceRemoved(group: group(1), source: source(1)),
            .groupRemoved(group: group(1)),
        ]
        #expect(link.events() == (wanted ? expected : []))
    }

    @Test("Ten thousand hosts in one group: all counted, leaving one by one changes nothing, the last one ends it")
    func manyHosts() {
        var link = TestLink.settled()
        _ = link.taken()
        for number in 1...10_000 { link.report(.allow, ssmGroup(1), [source(1)], host: number) }
        #expect(link.router.listenerCount(group: ssmGroup(1), source: source(1)) == 10_000)
        #expect(link.router.hostCount == 10_000)
        _ = link.taken()
        for number in (1...9_999).reversed() { link.report(.block, ssmGroup(1), [source(1)], host: number) }
        #expect(link.changes().isEmpty && link.router.listenerCount(group: ssmGroup(1)) == 1)
        link.report(.block, ssmGroup(1), [source(1)], host: 10_000)
        #expect(link.changes() == [ssmGroup(1)])
        #expect(link.router.hostCount == 0)
    }

    @Test("A crowd that falls silent is forgotten within the listening interval and a little more")
    func silentCrowd() {
        var link = TestLink.settled()
        for number in 1...1000 {
            link.report(.isExclude, group(1), host: number)
            link.pass(.milliseconds(10))
        }
        for _ in 0..<3 {
            link.pass(.seconds(90))
            link.report(.isExclude, group(1), host: 5000)
        }
        link.pass(.seconds(15))
        #expect(link.router.listenerCount(group: group(1)) == 1)
    }
}
