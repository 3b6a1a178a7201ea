import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// RFC 9777 §6.1 as tables have it.
@Suite("Changes of a listener")
struct ListenerChangeTests {
    typealias Record = MLDReport.Record
    typealias Wish = (FilterMode, [IPv6Address])

    @Test(
        "C72 Every group is reported except ff02::1 and those of scopes 0 and 1",
        arguments: [
            ("ff02::1", false), ("ff00::5", false), ("ff10::5", false), ("ff01::5", false), ("ff31::5", false),
            ("ff02::2", true), ("ff02::16", true), ("ff12::1", true), ("ff02::1:ff00:1", true), ("ff05::1", true),
            ("ff0e::1", true), ("ff3e::8000:1", true), ("ff0f::1", true), ("ff03::1", true),
        ])
    func reportedGroups(text: String, isReported: Bool) {
        var host = TestListener()
        let group = address(text)
        host.want(group, .include, [source(1)])
        host.want(group, .include, [source(1), source(2)])
        #expect(host.listener.groups.map(\.group) == [group])
        #expect(host.reports().count == (isReported ? 2 : 0))
        host.pass(.seconds(5))
        #expect(host.reports().isEmpty == !isReported)
        host.ask()
        host.ask(group)
        host.ask(version: .mldv1)
        host.pass(.seconds(20))
        #expect(host.sent().isEmpty == !isReported)
        host.setHasLinkLocal(false)
        host.setHasLinkLocal(true)
        #expect(host.sent().isEmpty == !isReported)
        host.want(group, .include)
        #expect(host.sent().isEmpty == !isReported)
        #expect(host.listener.groups.isEmpty)
    }

    @Test("C72 What is no group cannot be listened to", arguments: ["::", "2001:db8::1", "fe80::1"])
    func notAGroup(text: String) {
        var host = TestListener()
        host.want(address(text), .exclude)
        #expect(host.listener.groups.isEmpty && host.sent().isEmpty && host.listener.nextDeadline == nil)
    }

    @Test("C72 The SSM range knows no EXCLUDE mode, which counts as leaving")
    func sourceSpecific() {
        var host = TestListener()
        host.want(ssmGroup(1), .exclude, [source(1)])
        #expect(host.sent().isEmpty && host.listener.groups.isEmpty)
        host.want(ssmGroup(1), .include, [source(1)])
        host.want(ssmGroup(1), .exclude)
        #expect(
            host.reports() == [
                [Record(.allow, ssmGroup(1), [source(1)])], [Record(.block, ssmGroup(1), [source(1)])],
            ])
    }

    @Test(
        "C73 A change is told at once and repeated RV−1 times at random in (0,URI]", arguments: [0, 1, 2, 3, 7, 255])
    func repetition(robustness: Int) {
        var intervals: [Duration] = []
        for seed in 1...20 as ClosedRange<UInt64> {
            var host = TestListener(seed: seed) {
                $0.robustnessVariable = robustness
                $0.unsolicitedReportInterval = .milliseconds(700)
            }
            let start = host.now
            host.want(group(1), .exclude, [source(1)])
            #expect(host.listener.nextDeadline != nil || robustness <= 1)
            host.pass(.seconds(300))
            let sent = host.sent()
            #expect(sent.count == max(1, robustness))
            #expect(sent.first?.at == start)
            #expect(sent.allSatisfy { $0.records == [Record(.toExclude, group(1), [source(1)])] })
            intervals += zip(sent, sent.dropFirst()).map { $1.at - $0.at }
            #expect(host.listener.nextDeadline == nil)
        }
        #expect(intervals.allSatisfy { $0 > .zero && $0 <= .milliseconds(700) })
        if robustness > 1 {
            // At random: neither end of the range is left out.
            #expect(intervals.contains { $0 < .milliseconds(250) } && intervals.contains { $0 > .milliseconds(450) })
        }
    }

    @Test("C73 What changes nothing is not told, in whatever order the sources come")
    func noChange() {
        var host = TestListener.settled([(group(1), .include, [source(3), source(1), source(3)])])
        host.want(group(1), .include, [source(1), source(3), address("::"), address("ff02::5")])
        host.want(group(2), .include, [])
        #expect(host.sent().isEmpty && host.listener.nextDeadline == nil)
        #expect(host.listener.wish(for: group(1))?.sources == [source(1), source(3)])
    }

    @Test("C74 Every pair of wishes makes the records of the table", arguments: [FilterMode.include, .exclude])
    func transitions(before: FilterMode) {
        for after in [FilterMode.include, .exclude] {
            for a in subsets(of: 3) {
                for b in subsets(of: 3) {
                    var host = TestListener.settled([(group(1), before, a)])
                    host.want(group(1), after, b.reversed())
                    let expected = Self.table(before, Set(a), after, Set(b))
                    #expect(host.reports() == (expected.isEmpty ? [] : [expected]), "\(before) \(a) → \(after) \(b)")
                    host.pass(.seconds(5))
                    #expect(host.reports() == (expected.isEmpty ? [] : [expected]), "again, \(a) → \(after) \(b)")
                    let isWanted = after == .exclude || !b.isEmpty
                    #expect(
                        host.listener.wish(for: group(1))
                            == (isWanted ? .init(group: group(1), mode: after, sources: b) : nil))
                }
            }
        }
    }

    /// RFC 9777 §6.1, table 1.
    private static func table(
        _ before: FilterMode, _ a: Set<IPv6Address>, _ after: FilterMode, _ b: Set<IPv6Address>
    ) -> [Record] {
        let records: [Record]
        switch (before, after) {
        case (.include, .include):
            records = [
                Record(.allow, group(1), b.subtracting(a).sorted()),
                Record(.block, group(1), a.subtracting(b).sorted()),
            ]
        case (.exclude, .exclude):
            records = [
                Record(.allow, group(1), a.subtracting(b).sorted()),
                Record(.block, group(1), b.subtracting(a).sorted()),
            ]
        case (.include, .exclude): return [Record(.toExclude, group(1), b.sorted())]
        case (.exclude, .include): return [Record(.toInclude, group(1), b.sorted())]
        }
        return records.filter { !$0.sources.isEmpty }
    }

    @Test("C73 The changes of several groups that were told together are repeated together")
    func groupsTogether() {
        var host = TestListener { $0.robustnessVariable = 3 }
        host.setHasLinkLocal(false)
        for number in 1...50 { host.want(group(number), .exclude) }
        host.pass(.seconds(5))
        _ = host.sent()
        host.setHasLinkLocal(true)
        host.pass(.seconds(5))
        #expect(host.reports().map(\.count) == [50, 50, 50])
    }

    @Test("The same randomness makes the same messages, to the nanosecond")
    func deterministic() {
        func run() -> [TestListener.Sent] {
            var host = TestListener(seed: 99)
            for number in (1...300).reversed() { host.want(group(number), .exclude, [source(number)]) }
            for number in 100...150 { host.want(group(number), .include) }
            host.ask()
            host.ask(group(7), [source(1), source(9)])
            host.pass(.seconds(20))
            return host.sent()
        }
        let first = run()
        #expect(first == run() && first.count > 300)
    }
}
