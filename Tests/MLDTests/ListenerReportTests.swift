import IPv6
import SeededRandom
import Testing
import Timing

@testable import MLD

/// How records become reports, and answers of very many groups.
@Suite("Reports of a listener")
struct ListenerReportTests {
    typealias Record = MLDReport.Record

    private static func isWithin(_ mtu: Int, _ sent: [TestListener.Sent]) -> Bool {
        sent.allSatisfy { MLDReport($0.records).encodedLength + 48 <= mtu }
    }

    @Test(
        "C77 Lists that fit into no report are split; of an EXCLUDE list one record goes out, always the same",
        arguments: [(1500, 89), (1280, 75)])
    func oversize(mtu: Int, capacity: Int) {
        let many = (1...200).map(source)
        let rest = many.count - 2 * capacity
        for (mode, change, answer) in [
            (FilterMode.include, MLDRecordKind.allow, MLDRecordKind.isInclude), (.exclude, .toExclude, .isExclude),
        ] {
            var host = TestListener(mtu: mtu)
            host.want(group(1), mode, many)
            host.pass(.seconds(5))
            let expected = mode == .include ? [capacity, capacity, rest] : [capacity]
            let told = host.sent()
            #expect(told.map { $0.records.map(\.sources.count) } == (expected + expected).map { [$0] })
            #expect(told.allSatisfy { $0.records[0].kind == change } && Self.isWithin(mtu, told))
            host.ask()
            host.ask(group(1), within: .milliseconds(1))
            host.pass(.seconds(20))
            host.ask(group(1))
            host.pass(.seconds(20))
            let answers = host.sent()
            #expect(answers.allSatisfy { $0.records.map(\.kind) == [answer] } && Self.isWithin(mtu, answers))
            let named = answers.flatMap { $0.records[0].sources }
            #expect(Set(named) == Set(mode == .include ? many : Array(many.prefix(capacity))))
            #expect(answers.count % expected.count == 0 && answers.count >= 2 * expected.count)
        }
    }

    @Test("C77 TO_IN, ALLOW and BLOCK lists are split, no source is named twice or left out")
    func oversizeChanges() {
        var host = TestListener { $0.robustnessVariable = 1 }
        host.want(group(1), .exclude)
        _ = host.sent()
        host.want(group(1), .include, (1...200).map(source))
        host.want(group(1), .include, (151...500).map(source))
        let sent = host.sent()
        #expect(Self.isWithin(1500, sent))
        func named(_ kind: MLDRecordKind) -> [IPv6Address] {
            sent.flatMap(\.records).filter { $0.kind == kind }.flatMap(\.sources)
        }
        #expect(named(.toInclude) == (1...200).map(source))
        #expect(named(.allow) == (201...500).map(source))
        #expect(named(.block) == (1...150).map(source))
        #expect(sent.allSatisfy { Set($0.records.map(\.kind)).count == $0.records.count })
    }

    @Test("C77 The answer to a query for very many sources is split too")
    func oversizeAnswer() {
        var host = TestListener.settled([(group(1), .exclude, [source(5)])])
        for part in 0..<4 { host.ask(group(1), (1 + 80 * part...80 + 80 * part).map(source)) }
        host.pass(.seconds(20))
        let sent = host.sent()
        #expect(Self.isWithin(1500, sent) && sent.count == 4)
        #expect(sent.flatMap(\.records).flatMap(\.sources) == (1...320).filter { $0 != 5 }.map(source))
    }

    @Test("C76 C77 10,000 groups are answered in as few reports as the MTU lets, spread over the time, each once")
    func veryManyGroups() {
        var host = TestListener { $0.robustnessVariable = 1 }
        for number in 1...10_000 { host.want(group(number), .exclude) }
        #expect(host.sent().count == 10_000)
        let start = host.now
        host.ask()
        host.pass(.seconds(10))
        let sent = host.sent()
        #expect(sent.count == 139)
        #expect(Self.isWithin(1500, sent))
        let records = sent.flatMap(\.records)
        #expect(records.count == 10_000 && Set(records.map(\.group)).count == 10_000)
        #expect(records.allSatisfy { $0.kind == .isExclude })
        #expect(sent.allSatisfy { $0.at > start && $0.at - start <= .seconds(10) })
        // Not in bursts: no more than a few in any twentieth of the time.
        for part in 0..<20 {
            let from = start + .milliseconds(500 * part)
            let count = sent.count { $0.at > from && $0.at - from <= .milliseconds(500) }
            #expect((1...30).contains(count), "\(part): \(count)")
        }
        #expect(host.listener.nextDeadline == nil)
    }

    @Test("C76 Every group is answered within the delay, whatever the sizes of the records and the time of the query")
    func mixedSizes() {
        for seed in 1...30 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var host = TestListener(mtu: 1280, seed: seed) { $0.robustnessVariable = 1 }
            var wanted: Set<Record> = []
            for number in 1...200 {
                let sources = (0..<Int.random(in: 0...60, using: &random)).map { source($0 + 1) }
                let mode: FilterMode = sources.isEmpty || Bool.random(using: &random) ? .exclude : .include
                host.want(group(number), mode, sources)
                wanted.insert(Record(mode == .include ? .isInclude : .isExclude, group(number), sources))
            }
            _ = host.sent()
            let delay = Duration.milliseconds(Int.random(in: 1...20_000, using: &random))
            host.ask(within: delay)
            let start = host.now
            if Bool.random(using: &random) {
                host.pass(delay)
            } else {
                // The caller is late.
                host.now = host.now + delay
                host.pass(.zero)
            }
            let sent = host.sent()
            #expect(sent.allSatisfy { $0.at - start <= delay } && Self.isWithin(1280, sent))
            let records = sent.flatMap(\.records)
            #expect(Set(records) == wanted && records.count == 200, "seed \(seed)")
        }
    }

    @Test("C76 A general query amid the answer to another one is answered in full, and joins and leaves do no harm")
    func queriesOverlap() {
        for seed in 1...30 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var host = TestListener(seed: seed) { $0.robustnessVariable = 1 }
            for number in 1...1000 { host.want(group(number), .exclude) }
            _ = host.sent()
            host.ask(within: .seconds(10))
            host.pass(.milliseconds(Int.random(in: 1...9999, using: &random)))
            _ = host.sent()
            host.ask(within: .seconds(10))
            for _ in 1...50 {
                host.want(group(Int.random(in: 501...1000, using: &random)), .include)
                host.want(group(Int.random(in: 1001...1500, using: &random)), .exclude)
                host.pass(.milliseconds(Int.random(in: 0...100, using: &random)))
            }
            host.pass(.seconds(10))
            let answered = host.sent().flatMap(\.records).filter { $0.kind == .isExclude }
            #expect(Set(answered.map(\.group)).isSuperset(of: (1...500).map(group)), "seed \(seed)")
            #expect(answered.count <= 1550 && host.listener.nextDeadline == nil)
        }
    }

    @Test("C76 Rule 2 with many groups: the shorter delay of two holds for all of the answer")
    func shorterDelay() {
        for (first, second) in [(1, 8000), (8000, 1)] as [(Int64, Int64)] {
            var host = TestListener { $0.robustnessVariable = 1 }
            for number in 1...500 { host.want(group(number), .exclude) }
            _ = host.sent()
            host.ask(within: .seconds(first))
            host.ask(within: .seconds(second))
            host.pass(.seconds(1))
            #expect(host.sent().flatMap(\.records).count == 500 && host.listener.nextDeadline == nil)
        }
    }

    @Test("C76 A specific query amid a general answer is answered for itself: its group may have been told before it")
    func specificAmidGeneral() {
        for number in [1, 500, 1000] {
            var host = TestListener { $0.robustnessVariable = 1 }
            for number in 1...1000 { host.want(group(number), .exclude) }
            _ = host.sent()
            host.ask(within: .seconds(10))
            host.pass(.seconds(5))
            _ = host.sent()
            host.ask(group(number), within: .seconds(8000))
            host.pass(.seconds(8000))
            #expect(host.sent().flatMap(\.records).contains { $0.group == group(number) })
        }
    }

    @Test("Timers that queries leave behind are cleared away, those that still run are not")
    func staleTimers() {
        var host = TestListener { $0.unsolicitedReportInterval = .seconds(1000) }
        for number in 1...2 { host.want(group(number), .exclude) }
        host.pass(.seconds(1000))
        host.want(group(3), .exclude)
        _ = host.sent()
        host.ask(group(2), within: .seconds(8000))
        for _ in 1...1000 {
            host.ask(group(1), within: .seconds(8000))
            host.ask(group(1), within: .milliseconds(1))
            host.pass(.milliseconds(1))
            #expect(host.listener.table.queuedDeadlines <= 4 * 3 + 64)
        }
        _ = host.sent()
        host.pass(.seconds(8000))
        let records = host.sent().flatMap(\.records)
        #expect(records.count { $0.group == group(2) } == 1)
        #expect(records.filter { $0.group == group(3) } == [Record(.toExclude, group(3))])
    }

    @Test("A flood of queries makes nothing grow without bound, and beyond the limit answers say more, never less")
    func limits() {
        var host = TestListener {
            $0.maximumQueriedSources = 100
            $0.maximumQueriedSourcesTotal = 150
        }
        for number in 1...4 { host.want(group(number), .exclude, [source(1)]) }
        host.pass(.seconds(5))
        _ = host.sent()
        var worst = 0
        for round in 0..<20_000 {
            // Ever earlier, so that every query moves the timer.
            host.ask(group(1 + round % 4), [source(2 + round / 200)], within: .milliseconds(8_000_000 - 400 * round))
            worst = max(worst, host.listener.table.queriedSourceTotal)
        }
        #expect(worst > 100 && worst <= 150)
        host.pass(.seconds(8000))
        let answers = host.sent().flatMap(\.records)
        #expect(Set(answers.map(\.group)).count == 4)
        for number in 1...4 {
            let own = answers.filter { $0.group == group(number) }
            let named = own.flatMap(\.sources)
            #expect(own.allSatisfy { $0.kind == .isInclude } ? named == (2...101).map(source) : own.count == 1)
        }
        #expect(answers.contains { $0 == Record(.isExclude, $0.group, [source(1)]) })
        #expect(host.listener.table.queriedSourceTotal == 0 && host.listener.nextDeadline == nil)
    }

    @Test("What has been left and told leaves nothing behind")
    func nothingStays() {
        var host = TestListener()
        for number in 1...500 {
            host.want(group(number), number % 2 == 0 ? .exclude : .include, [source(1)])
            host.ask()
        }
        host.ask(group(3), [source(1)])
        for number in 1...500 { host.want(group(number), .include) }
        host.pass(.seconds(20))
        #expect(host.listener.table.count == 0 && host.listener.table.recordOctets == 0)
        #expect(host.listener.table.queriedSourceTotal == 0 && host.listener.nextDeadline == nil)
    }
}
