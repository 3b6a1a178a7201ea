import IPv6
import MLD
import Testing
import Timing

/// Leaves that are believed at once are asked about all the same.
@Suite("Leaves are confirmed")
struct ConfirmationTests {
    /// ff1e::1, 2001:db8::1 and so on as octets.
    private static func hex(_ text: String) -> [UInt8] {
        let names = [
            "G": "ff1e000000000000 0000000000000001", "S": "ff3e000000000000 0000000080000001",
            "a": "20010db800000000 0000000000000001", "b": "20010db800000000 0000000000000002",
        ]
        return octets(text.split(separator: " ").map { names[String($0)] ?? String($0) }.joined())
    }

    /// What was sent, octet by octet, with the checksum left out.
    private static func wire(_ queries: [MLDQuery]) -> [[UInt8]] {
        queries.map { query in
            var octets = query.encoded(from: TestLink.routerAddress, to: query.destination)
            octets[2] = 0
            octets[3] = 0
            return octets
        }
    }

    struct Cell: CustomTestStringConvertible, Sendable {
        let name: String
        /// Reports of host 1, then of host 2.
        let before: [String]
        /// From host 1.
        let leave: String
        /// Whether 2001:db8::1 is forwarded after it.
        let goesOn: Bool
        let queries: [String]
        var testDescription: String { name }
    }

    private static let version1 = "84 00 0000 0000 0000"
    /// Report with one record of this type for the group, without sources or with one.
    private static func report(_ type: String, _ group: String, _ source: String = "") -> String {
        "8f 00 0000 0000 0001 \(type) 00 000\(source.isEmpty ? 0 : 1) \(group) \(source)"
    }
    private static func query(_ group: String, _ source: String = "", s: Bool = false) -> String {
        "82 00 0000 03e8 0000 \(group) \(s ? "0a" : "02") 7d 000\(source.isEmpty ? 0 : 1) \(source)"
    }

    private static let cells: [Cell] = [
        Cell(
            name: "IN + BLOCK, the last", before: [report("05", "S", "a")], leave: report("06", "S", "a"),
            goesOn: false,
            queries: [query("S", "a")]),
        Cell(
            name: "IN + BLOCK, another wants it", before: [report("05", "S", "a"), report("05", "S", "a")],
            leave: report("06", "S", "a"), goesOn: true, queries: [query("S")]),
        Cell(
            name: "IN + BLOCK, another wants another", before: [report("05", "S", "a"), report("05", "S", "b")],
            leave: report("06", "S", "a"), goesOn: false, queries: [query("S", "a")]),
        Cell(
            name: "IN + TO_IN, the last", before: [report("05", "S", "a")], leave: report("03", "S"), goesOn: false,
            queries: [query("S", "a")]),
        Cell(
            name: "IN + BLOCK where hosts may exclude", before: [report("05", "G", "a")], leave: report("06", "G", "a"),
            goesOn: false, queries: [query("G"), query("G", "a")]),
        Cell(
            name: "EX + TO_IN, the last", before: [report("04", "G")], leave: report("03", "G"), goesOn: false,
            queries: [query("G")]),
        Cell(
            name: "EX + TO_IN, another wants it", before: [report("04", "G"), report("04", "G")],
            leave: report("03", "G"), goesOn: true, queries: [query("G")]),
        Cell(
            name: "EX + TO_IN of another source, the last", before: [report("04", "G")], leave: report("03", "G", "b"),
            goesOn: false, queries: [query("G")]),
        Cell(
            name: "EX + TO_IN, another includes", before: [report("04", "G"), report("05", "G", "a")],
            leave: report("03", "G"), goesOn: true, queries: [query("G")]),
        Cell(
            name: "EX + BLOCK, another wants it", before: [report("04", "G"), report("04", "G")],
            leave: report("06", "G", "a"), goesOn: true, queries: [query("G")]),
        Cell(
            name: "EX + TO_EX, another wants it", before: [report("04", "G"), report("04", "G")],
            leave: report("04", "G", "a"), goesOn: true, queries: [query("G")]),
        Cell(
            name: "EX + Done, another wants it", before: [report("04", "G"), report("04", "G")],
            leave: "\(version1) G", goesOn: true, queries: [query("G")]),
    ]

    @Test(
        "C23 C52 C54 C56 C57 C58 C60 Every leave that is believed is asked about, twice a second apart, and lowers no timer",
        arguments: cells)
    func cell(cell: Cell) {
        var link = TestLink.settled()
        for (number, report) in cell.before.enumerated() { link.receive(Self.hex(report), from: host(number + 1)) }
        _ = link.taken()
        let group = cell.leave.contains("S") ? ssmGroup(1) : group(1)
        link.receive(Self.hex(cell.leave), from: host(1))
        #expect(link.router.forwards(source: source(1), group: group) == cell.goesOn)
        #expect(Self.wire(link.sent()) == cell.queries.map(Self.hex))
        link.pass(.milliseconds(999))
        #expect(link.sent().isEmpty)
        link.pass(.milliseconds(1))
        #expect(Self.wire(link.sent()) == cell.queries.map(Self.hex))
        // Nobody answers: what goes on does.
        link.pass(.seconds(5))
        #expect(link.taken().isEmpty)
        #expect(link.router.forwards(source: source(1), group: group) == cell.goesOn)
    }

    @Test("C62 C64 What is answered for is asked for once more with the S flag", arguments: [true, false])
    func answered(anySource: Bool) {
        var link = TestLink.settled()
        let wanted = anySource ? group(1) : ssmGroup(1)
        let report = Self.report(anySource ? "04" : "05", anySource ? "G" : "S", anySource ? "" : "a")
        link.receive(Self.hex(report), from: host(1))
        link.receive(Self.hex(Self.report("03", anySource ? "G" : "S")), from: host(1))
        link.pass(.milliseconds(300))
        _ = link.taken()
        link.receive(
            Self.hex(Self.report(anySource ? "02" : "01", anySource ? "G" : "S", anySource ? "" : "a")), from: host(1))
        #expect(link.router.forwards(source: source(1), group: wanted))
        link.pass(.seconds(5))
        let again = Self.query(anySource ? "G" : "S", anySource ? "" : "a", s: true)
        #expect(Self.wire(link.sent()) == [Self.hex(again)])
        #expect(link.router.forwards(source: source(1), group: wanted))
    }

    @Test("A repeated leave is not asked about anew, and neither is anybody's who was not there")
    func repeated() {
        var link = TestLink.settled()
        for number in 1...2 { link.report(.toExclude, group(1), host: number) }
        _ = link.taken()
        link.report(.toInclude, group(1))
        for number in 1...100 {
            link.pass(.milliseconds(9))
            link.report(.toInclude, group(1), host: number % 2 == 0 ? 1 : 99)
        }
        #expect(link.sent().count == 1)
        link.pass(.seconds(3))
        #expect(link.sent().count == 1)
    }

    @Test("Answers leave no doubt: the last one's leave is believed as before", arguments: [true, false])
    func undoubted(anySource: Bool) {
        var link = TestLink.settled()
        let wanted = group(1)
        for number in 1...2 {
            link.report(anySource ? .toExclude : .allow, wanted, anySource ? [] : [source(1)], host: number)
        }
        link.report(anySource ? .toInclude : .block, wanted, anySource ? [] : [source(1)], host: 1)
        for query in link.sent() {
            #expect(query.sources.isEmpty)
            // A host that nobody has heard of among them.
            for number in 2...3 {
                link.report(anySource ? .isExclude : .isInclude, wanted, anySource ? [] : [source(1)], host: number)
            }
        }
        for number in 2...3 {
            #expect(link.router.forwards(source: source(1), group: wanted))
            link.report(anySource ? .toInclude : .block, wanted, anySource ? [] : [source(1)], host: number)
        }
        #expect(!link.router.forwards(source: source(1), group: wanted))
    }

    @Test("C30 Only the querier asks, but what it has begun it finishes after losing the election")
    func follower() {
        var link = TestLink.settled()
        for number in 1...2 { link.report(.toExclude, group(number)) }
        _ = link.taken()
        link.report(.toInclude, group(1))
        #expect(link.sent().count == 1)
        link.receive(MLDQuery(maximumResponseDelay: 10_000), from: address("fe80::1"), to: .allNodes)
        link.report(.toInclude, group(2))
        link.pass(.seconds(3))
        #expect(link.sent().map(\.group) == [group(1)] && link.router.groupCount == 0)
    }

    @Test("More sources than a few are asked for with their group")
    func manySources() {
        var link = TestLink.settled()
        for part in 0..<4 { link.report(.allow, ssmGroup(1), (part * 25..<part * 25 + 25).map { source($0 + 1) }) }
        _ = link.taken()
        link.report(.toInclude, ssmGroup(1))
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: ssmGroup(1))])
        #expect(link.router.groupCount == 0)
    }

    @Test(
        "C68 Done of a host that speaks version 2 is asked about, and ends nothing if it answers",
        arguments: [true, false])
    func done(answers: Bool) {
        var link = TestLink.settled()
        link.receive(Self.hex(Self.report("04", "G")), from: host(1))
        _ = link.taken()
        link.receive(Self.hex("\(Self.version1) G"), from: host(1), to: .allRouters)
        #expect(link.router.isWanted(group: group(1)))
        #expect(Self.wire(link.sent()) == [Self.hex(Self.query("G"))])
        link.pass(.milliseconds(900))
        if answers { link.receive(Self.hex(Self.report("02", "G")), from: host(1)) }
        link.pass(.milliseconds(1099))
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(link.router.isWanted(group: group(1)) == answers)
        #expect(link.router.hostCount == (answers ? 1 : 0))
    }

    // MARK: bounds

    @Test("M4 Twenty thousand leaves a second are believed at once, and a hundred queries go out; the rest is counted")
    func flood() {
        var link = TestLink.settled()
        var queries: [Int] = []
        for second in 0..<3 {
            for number in 0..<20_000 {
                let wanted = group(second * 20_000 + number)
                link.report(.toExclude, wanted)
                link.report(.toInclude, wanted)
                #expect(!link.router.isWanted(group: wanted))
                if number % 100 == 0 { link.pass(.milliseconds(5)) }
            }
            queries.append(link.sent().count)
        }
        // A second's worth more at once, and its repetition a second later.
        #expect(queries[0] <= 110 && queries[1] <= 160 && (90...110).contains(queries[2]))
        #expect(link.router.statistics.limits[.confirmingQueries] > 59_000)
        link.pass(.seconds(2))
        #expect(link.router.groupCount == 0)
    }

    @Test("M4 One group cannot take all of them: leaves, each answered, begin four series in their interval")
    func oneGroup() {
        var link = TestLink.settled()
        link.report(.toExclude, group(1))
        _ = link.taken()
        for _ in 1...100 {
            link.report(.toInclude, group(1))
            link.report(.isExclude, group(1))
            link.pass(.milliseconds(5))
        }
        #expect(link.sent().count == 4)
        #expect(link.router.statistics.limits[.confirmingQueries] == 0)
        // The last one is asked about at the end of the interval.
        link.report(.toInclude, group(1))
        link.pass(.seconds(1))
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: group(1))])
    }

    @Test("M4 However many sources of one group are let go, its repetitions stay short: the group is asked then")
    func manyLeaves() {
        var link = TestLink.settled()
        _ = link.taken()
        for number in 1...2000 {
            link.report(.allow, ssmGroup(1), [source(number)])
            link.report(.block, ssmGroup(1), [source(number)])
        }
        #expect(link.sent().count == 4)
        link.pass(.seconds(1))
        let repeated = link.sent()
        #expect(repeated.first == MLDQuery(maximumResponseDelay: 1000, group: ssmGroup(1)))
        #expect(repeated.count <= 2 && repeated.allSatisfy { $0.sources.count <= 64 })
    }

    @Test("With a rate of specific queries these keep to it, and leave half of it to those that must be sent")
    func sharedRate() {
        var link = TestLink.settled { $0.specificQueriesPerSecond = 20 }
        _ = link.taken()
        for number in 1...100 {
            link.report(.toExclude, group(number))
            link.report(.toInclude, group(number))
        }
        #expect((5...6).contains(link.sent().count))
        // One of which not all hosts are known.
        link.receive(MLDv1Message(.report, group(200)), from: host(1), to: group(200))
        link.receive(MLDv1Message(.done, group(200)), from: host(1), to: .allRouters)
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 1000, group: group(200))])
    }

    @Test("With a rate of 0 nothing is asked")
    func none() {
        var link = TestLink.settled { $0.confirmingQueriesPerSecond = 0 }
        _ = link.taken()
        for number in 1...2 { link.report(.toExclude, group(1), host: number) }
        for number in 1...2 { link.report(.toInclude, group(1), host: number) }
        link.pass(.seconds(3))
        #expect(link.sent().isEmpty && !link.router.isWanted(group: group(1)))
    }
}
