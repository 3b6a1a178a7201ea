import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// RFC 9777 §6.2 and §6.3.
@Suite("Answers of a listener")
struct ListenerAnswerTests {
    typealias Record = MLDReport.Record

    /// Listening to one group for long.
    static func host(_ mode: FilterMode, _ sources: [Int] = [], seed: UInt64 = 1) -> TestListener {
        .settled([(group(1), mode, sources.map(source))], seed: seed)
    }

    @Test(
        "C76 Queries are answered at random in (0,MRD]",
        arguments: [MLDVersion.mldv1, .mldv2], [UInt32(0), 1, 100, 10_000, 40_000])
    func randomDelay(version: MLDVersion, milliseconds: UInt32) {
        // A listener that answers version 1 in version 2, so that both can be compared.
        var delays: [Duration] = []
        for seed in 1...40 as ClosedRange<UInt64> {
            for asked in [IPv6Address.unspecified, group(1)] {
                var host = TestListener.settled([(group(1), .exclude, [])], seed: seed) {
                    $0.olderQuerierCompatibility = false
                }
                let start = host.now
                host.receive(MLDQuery(version: version, maximumResponseDelay: milliseconds, group: asked))
                #expect(host.sent().isEmpty)
                host.pass(.seconds(100))
                let sent = host.sent()
                #expect(sent.map(\.records) == [[Record(.isExclude, group(1))]])
                delays += sent.map { $0.at - start }
            }
        }
        let longest = Duration.milliseconds(Int64(max(1, milliseconds)))
        #expect(delays.allSatisfy { $0 > .zero && $0 <= longest })
        #expect(delays.contains { $0 < longest / 3 } && delays.contains { $0 > longest * 2 / 3 })
    }

    @Test("C76 C77 The answer to a query for sources names those that are wanted, and is none if there are none")
    func sourceQueries() {
        for mode in [FilterMode.include, .exclude] {
            for a in subsets(of: 3) where mode == .exclude || !a.isEmpty {
                for b in subsets(of: 4) where !b.isEmpty {
                    var host = TestListener.settled([(group(1), mode, a)])
                    host.ask(group(1), b.reversed())
                    host.pass(.seconds(10))
                    let named = b.filter { a.contains($0) == (mode == .include) }
                    #expect(host.reports() == (named.isEmpty ? [] : [[Record(.isInclude, group(1), named)]]))
                }
                var host = TestListener.settled([(group(1), mode, a)])
                host.ask(group(1))
                host.pass(.seconds(10))
                #expect(host.reports() == [[Record(mode == .include ? .isInclude : .isExclude, group(1), a)]])
            }
        }
    }

    @Test("C77 IS_IN({}) is never sent: what was left before the answer has none")
    func leftBeforeTheAnswer() {
        for sources in [[], [source(1)]] {
            var host = Self.host(.include, [1, 2])
            host.ask()
            host.ask(group(1), sources, within: .milliseconds(1))
            host.want(group(1), .include)
            _ = host.sent()
            host.pass(.seconds(20))
            #expect(host.reports() == [[Record(.block, group(1), [source(1), source(2)])]])
        }
    }

    @Test("C76 An answer tells what is wanted when it is sent, not when it was asked for")
    func answerIsCurrent() {
        for (sources, expected) in [
            ([], Record(.isInclude, group(1), [source(2), source(3)])),
            ([source(1), source(2)], Record(.isInclude, group(1), [source(2)])),
        ] {
            var host = Self.host(.include, [1, 2])
            host.ask(group(1), sources, within: .seconds(100))
            host.want(group(1), .include, [source(2), source(3)])
            host.pass(.seconds(100))
            #expect(host.reports().last == [expected])
        }
    }

    @Test("C76 Rule 1: a general answer that comes sooner serves a specific query too")
    func rule1() {
        for sources in [[], [source(1)]] {
            var host = Self.host(.exclude)
            host.ask(within: .milliseconds(1))
            host.ask(group(1), sources, within: .seconds(8000))
            host.pass(.seconds(9000))
            #expect(host.reports() == [[Record(.isExclude, group(1))]])
        }
    }

    @Test("C76 Rule 2: of two general queries the sooner answer goes out, once")
    func rule2() {
        for (first, second) in [(1, 8000), (8000, 1)] as [(Int64, Int64)] {
            var host = Self.host(.exclude)
            let start = host.now
            host.ask(within: .seconds(first))
            host.ask(within: .seconds(second))
            host.pass(.seconds(9000))
            let sent = host.sent()
            #expect(sent.map(\.records) == [[Record(.isExclude, group(1))]])
            #expect(sent.allSatisfy { $0.at - start <= .seconds(1) })
        }
    }

    @Test("C76 A general answer that turns out to be the earlier one serves a specific query that waits")
    func generalServesSpecific() {
        for sources in [[], [source(1)]] {
            var host = Self.host(.exclude)
            host.ask(group(1), sources, within: .seconds(8000))
            host.ask(within: .milliseconds(1))
            host.pass(.seconds(9000))
            #expect(host.reports() == [[Record(.isExclude, group(1))]])
        }
    }

    @Test("C76 Rules 3 to 5: queries for one group share one answer, at the earlier time, about all that was asked")
    func rules3To5() {
        let two = [source(1), source(2)]
        let cases: [(first: [IPv6Address], second: [IPv6Address], answer: Record)] = [
            ([source(1)], [source(2), source(4)], Record(.isInclude, group(1), two)),
            ([source(1)], [], Record(.isInclude, group(1), two + [source(3)])),
            ([], [source(1)], Record(.isInclude, group(1), two + [source(3)])),
            ([], [], Record(.isInclude, group(1), two + [source(3)])),
        ]
        for row in cases {
            for (early, late) in [(1, 8000), (8000, 1)] as [(Int64, Int64)] {
                var host = Self.host(.include, [1, 2, 3])
                let start = host.now
                host.ask(group(1), row.first, within: .seconds(early))
                host.ask(group(1), row.second, within: .seconds(late))
                host.pass(.seconds(9000))
                let sent = host.sent()
                #expect(sent.map(\.records) == [[row.answer]])
                #expect(sent.allSatisfy { $0.at - start <= .seconds(1) })
                // What was asked is forgotten with the answer.
                host.ask(group(1), [source(3)])
                host.pass(.seconds(10))
                #expect(host.reports() == [[Record(.isInclude, group(1), [source(3)])]])
            }
        }
    }

    @Test("C76 A query for what is not listened to starts nothing")
    func nothingToSay() {
        var host = Self.host(.include, [1])
        host.ask(group(2))
        host.ask(group(1), [source(2)])
        host.ask(group(1), [address("::"), address("ff02::9")])
        host.ask(.allNodes)
        #expect(host.listener.nextDeadline == nil)
        var idle = TestListener()
        idle.ask()
        #expect(idle.listener.nextDeadline == nil)
    }

    @Test("C76 Changes and answers do not hinder each other")
    func changeAndAnswer() {
        var host = TestListener { $0.robustnessVariable = 3 }
        host.want(group(1), .exclude)
        host.ask(group(1), within: .milliseconds(1))
        host.pass(.seconds(10))
        #expect(
            host.reports().flatMap { $0 }.map(\.kind) == [.toExclude, .isExclude, .toExclude, .toExclude])
    }

    @Test("C3 C9 C10 C13 Only valid queries are answered, wherever they were sent")
    func validity() {
        let query = MLDQuery(maximumResponseDelay: 1000).encoded(from: TestListener.querier, to: .allNodes)
        func answers(_ receive: (inout TestListener) -> Void) -> Bool {
            var host = Self.host(.exclude)
            receive(&host)
            return host.listener.nextDeadline != nil
        }
        #expect(answers { $0.receive(query) })
        #expect(answers { $0.receive(query, to: address("fe80::77")) })
        #expect(answers { $0.receive(query + [1, 2, 3]) })
        #expect(!answers { $0.receive(query, from: address("::")) })
        #expect(!answers { $0.receive(query, from: address("2001:db8::1")) })
        #expect(!answers { $0.receive(query, hopLimit: 2) })
        #expect(!answers { $0.receive(query, routerAlert: false) })
        for length in [0, 1, 23, 25, 26, 27] { #expect(!answers { $0.receive(Array(query.prefix(length))) }) }
        var counted = query
        counted[27] = 1
        #expect(!answers { $0.receive(counted) })
        for type in [0, 128, 131, 132, 143, 255] as [UInt8] {
            #expect(!answers { $0.receive([type] + query.dropFirst()) })
        }
        var lenient = TestListener.settled([(group(1), .exclude, [])]) { $0.requireRouterAlert = false }
        lenient.receive(query, routerAlert: false)
        #expect(lenient.listener.nextDeadline != nil)
    }
}
