import IPv6
import MLD
import Testing
import Timing

/// Version 1 as a listener speaks it (RFC 2710 §4, §5).
@Suite("A listener and version 1")
struct ListenerVersion1Tests {
    static func report(_ group: IPv6Address) -> MLDListener.Action {
        .version1(MLDv1Message(.report, group), to: group)
    }
    static func done(_ group: IPv6Address) -> MLDListener.Action {
        .version1(MLDv1Message(.done, group), to: address("ff02::2"))
    }

    /// Listening to two groups where a version 1 querier has just been answered.
    static func host(seed: UInt64 = 1) -> TestListener {
        var host = TestListener.settled(
            [(group(1), .exclude, []), (group(2), .include, [source(1)])], seed: seed)
        host.ask(version: .mldv1)
        host.pass(.seconds(10))
        return host
    }

    @Test("C78 The version 1 query is answered in version 1, each group at its own random time in (0,MRD]")
    func answers() {
        var delays: [Duration] = []
        for seed in 1...40 as ClosedRange<UInt64> {
            var host = TestListener.settled([(group(1), .exclude, []), (group(2), .include, [source(1)])], seed: seed)
            let start = host.now
            host.ask(version: .mldv1)
            #expect(host.sent().isEmpty)
            host.pass(.seconds(10))
            let sent = host.sent()
            #expect(Set(sent.map(\.at)).count == 2)
            #expect(sent.map(\.action).contains(Self.report(group(1))))
            #expect(sent.map(\.action).contains(Self.report(group(2))) && sent.count == 2)
            delays += sent.map { $0.at - start }
        }
        #expect(delays.allSatisfy { $0 > .zero && $0 <= .seconds(10) })
        #expect(delays.contains { $0 < .seconds(3) } && delays.contains { $0 > .seconds(7) })
    }

    @Test("C78 The linear delay of a version 1 query is taken as it is")
    func linearDelay() {
        var latest = Duration.zero
        for seed in 1...60 as ClosedRange<UInt64> {
            var host = Self.host(seed: seed)
            _ = host.sent()
            let start = host.now
            host.ask(group(1), within: .milliseconds(65_535), version: .mldv1)
            host.pass(.seconds(70))
            let delay = (host.sent().first?.at ?? start) - start
            #expect(delay > .zero && delay <= .milliseconds(65_535))
            latest = max(latest, delay)
        }
        #expect(latest > .seconds(50))
    }

    @Test("C78 Listening starts with a report at once and RV−1 more, and ends with a done to ff02::2")
    func startAndStop() {
        var host = Self.host()
        _ = host.sent()
        host.want(group(3), .include, [source(1)])
        #expect(host.sent().map(\.action) == [Self.report(group(3))])
        let start = host.now
        // Sources mean nothing here.
        host.want(group(3), .include, [source(2)])
        host.want(group(3), .exclude, [source(2)])
        #expect(host.sent().isEmpty)
        host.pass(.seconds(5))
        let repeated = host.sent()
        #expect(repeated.map(\.action) == [Self.report(group(3))])
        #expect(repeated.allSatisfy { $0.at > start && $0.at - start <= .seconds(1) })
        host.want(group(3), .include)
        #expect(host.sent().map(\.action) == [Self.done(group(3))])
        host.want(group(1), .include)
        #expect(host.sent().map(\.action) == [Self.done(group(1))])
        host.pass(.seconds(5))
        #expect(host.sent().isEmpty)
    }

    @Test("C78 Leaving stops the repetitions")
    func leaveStops() {
        var host = Self.host()
        host.want(group(3), .exclude)
        host.want(group(3), .include)
        _ = host.sent()
        host.pass(.seconds(5))
        #expect(host.sent().isEmpty)
    }

    @Test("C78 Another listener's report suppresses the answer, and then leaving needs no done")
    func suppression() {
        var host = Self.host()
        _ = host.sent()
        // Nothing pending: ignored, as are those that are not valid.
        host.receive(MLDv1Message(.report, group(2)), from: MLDTests.host(1))
        host.ask(version: .mldv1)
        host.receive(MLDv1Message(.report, group(2)), from: address("::"))
        host.receive(MLDv1Message(.done, group(2)), from: MLDTests.host(1))
        host.receive(MLDv1Message(.report, group(1)), from: MLDTests.host(1))
        host.pass(.seconds(10))
        #expect(host.sent().map(\.action) == [Self.report(group(2))])
        host.want(group(1), .include)
        #expect(host.sent().isEmpty)
        host.want(group(2), .include)
        #expect(host.sent().map(\.action) == [Self.done(group(2))])
    }

    @Test("C78 Another listener's report ends the repetitions of an unsolicited one")
    func suppressedRepetition() {
        var host = TestListener {
            $0.version = .mldv1
            $0.robustnessVariable = 3
        }
        host.want(group(3), .exclude)
        _ = host.sent()
        host.receive(MLDv1Message(.report, group(3)), from: MLDTests.host(1))
        host.pass(.seconds(5))
        #expect(host.sent().isEmpty)
        host.ask(group(3), within: .seconds(1), version: .mldv1)
        host.pass(.seconds(1))
        #expect(host.sent().map(\.action) == [Self.report(group(3))])
        host.pass(.seconds(5))
        #expect(host.sent().isEmpty)
    }

    @Test("C78 A running timer is set anew only if it would end later than the query allows")
    func timerReset() {
        var host = Self.host()
        _ = host.sent()
        host.ask(group(1), within: .milliseconds(60_000), version: .mldv1)
        host.pass(.milliseconds(1))
        let early = host.sent().isEmpty
        let start = host.now
        host.ask(group(1), within: .milliseconds(10), version: .mldv1)
        host.ask(group(1), within: .milliseconds(60_000), version: .mldv1)
        host.pass(.seconds(70))
        let sent = host.sent()
        #expect(early && sent.count == 1 && sent.allSatisfy { $0.at - start <= .milliseconds(10) })
    }
}
