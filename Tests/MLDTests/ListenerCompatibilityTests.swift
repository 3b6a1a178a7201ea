import IPv6
import Testing
import Timing

@testable import MLD

/// When a listener speaks which version (RFC 9777 §8.2).
@Suite("The version of a listener")
struct ListenerCompatibilityTests {
    typealias Record = MLDReport.Record

    private static func report(_ group: IPv6Address) -> MLDListener.Action { ListenerVersion1Tests.report(group) }
    private static func done(_ group: IPv6Address) -> MLDListener.Action { ListenerVersion1Tests.done(group) }

    @Test("C39 C78 A version 1 general query makes version 1 the mode for RV·QI+QRI after the last of them")
    func modeAndTimer() {
        var host = TestListener.settled([(group(1), .exclude, [])]) {
            $0.robustnessVariable = 3
            $0.queryInterval = .seconds(60)
            $0.queryResponseInterval = .seconds(7)
        }
        #expect(host.listener.compatibility == .mldv2)
        host.ask(group(1), version: .mldv1)
        #expect(host.listener.compatibility == .mldv2)
        host.ask(version: .mldv1)
        #expect(host.listener.compatibility == .mldv1)
        host.pass(.seconds(100))
        host.ask(version: .mldv1)
        host.pass(.seconds(187) - .nanoseconds(1))
        host.ask()
        #expect(host.listener.compatibility == .mldv1)
        host.pass(.nanoseconds(1))
        #expect(host.listener.compatibility == .mldv2)
        _ = host.sent()
        // The pending answer was cancelled with the mode.
        host.pass(.seconds(100))
        #expect(host.sent().isEmpty && host.listener.nextDeadline == nil)
        host.want(group(2), .exclude)
        #expect(host.reports() == [[Record(.toExclude, group(2))]])
    }

    @Test("C78 Version 1 mode begins with nothing pending: no answer, no repetition, no trace of what was left")
    func version1Cancels() {
        var host = TestListener()
        host.want(group(3), .exclude)
        host.want(group(4), .exclude)
        host.want(group(4), .include)
        host.want(group(5), .include, [source(1)])
        host.ask(group(5), [source(1)], within: .seconds(100))
        host.ask(within: .seconds(100))
        _ = host.sent()
        host.ask(within: .milliseconds(1), version: .mldv1)
        #expect(host.listener.table.count == 2)
        host.pass(.seconds(200))
        // Only the answer to the query that began it.
        #expect(
            Set(host.sent().map(\.action).map { "\($0)" }) == ["\(Self.report(group(3)))", "\(Self.report(group(5)))"])
    }

    @Test("C78 Version 1 mode ends with nothing pending")
    func version2Cancels() {
        var host = TestListener.settled([(group(1), .exclude, [])]) {
            $0.queryInterval = .seconds(5)
            $0.queryResponseInterval = .seconds(1)
            $0.robustnessVariable = 4
            $0.unsolicitedReportInterval = .seconds(1000)
        }
        host.ask(within: .milliseconds(1), version: .mldv1)
        host.pass(.seconds(20))
        host.want(group(2), .exclude)
        host.ask(group(1), within: .seconds(8000))
        _ = host.sent()
        host.pass(.seconds(1))
        #expect(host.listener.compatibility == .mldv2)
        _ = host.sent()
        host.pass(.seconds(9000))
        #expect(host.sent().isEmpty && host.listener.nextDeadline == nil)
    }

    @Test("C78 A caller who is late still sends what was due before version 1 mode ended")
    func lateCaller() {
        var host = TestListener.settled([(group(1), .exclude, [])])
        host.ask(version: .mldv1)
        host.now = host.now + .seconds(1000)
        host.pass(.zero)
        #expect(host.sent().map(\.action) == [Self.report(group(1))])
        #expect(host.listener.compatibility == .mldv2 && host.listener.nextDeadline == nil)
    }

    @Test("C78 What was reported in version 2 is left with a done message")
    func leaveBeforeTheAnswer() {
        var host = TestListener.settled([(group(1), .exclude, [])])
        host.ask(version: .mldv1)
        host.want(group(1), .include)
        host.pass(.seconds(20))
        #expect(host.sent().map(\.action) == [Self.done(group(1))])
    }

    @Test("C78 In version 2 mode a version 1 report of another suppresses nothing")
    func noSuppressionInVersion2() {
        var host = TestListener.settled([(group(1), .exclude, [])])
        host.ask()
        host.receive(MLDv1Message(.report, group(1)), from: MLDTests.host(1))
        host.pass(.seconds(10))
        #expect(host.reports() == [[Record(.isExclude, group(1))]])
    }

    @Test("C78 In version 1 mode version 2 queries are answered in version 1, those for sources as if for the group")
    func version2Queries() {
        var host = ListenerVersion1Tests.host()
        _ = host.sent()
        host.ask()
        host.pass(.seconds(10))
        #expect(Set(host.version1().map { "\($0)" }).count == 2)
        host.ask(group(2), [source(9)])
        host.pass(.seconds(10))
        #expect(host.sent().map(\.action) == [Self.report(group(2))])
    }

    @Test("A listener set to version 1 never speaks version 2; one without compatibility never version 1")
    func configuredVersion() {
        var old = TestListener { $0.version = .mldv1 }
        old.want(group(1), .exclude)
        old.ask()
        old.pass(.seconds(3600))
        old.ask(version: .mldv1)
        old.pass(.seconds(3600))
        old.want(group(1), .include)
        let sent = old.sent().map(\.action)
        #expect(sent.count >= 4 && sent.last == Self.done(group(1)))
        #expect(sent.dropLast().allSatisfy { $0 == Self.report(group(1)) })

        var new = TestListener.settled([(group(1), .exclude, [])]) { $0.olderQuerierCompatibility = false }
        new.ask(version: .mldv1)
        new.pass(.seconds(10))
        #expect(new.listener.compatibility == .mldv2 && new.reports() == [[Record(.isExclude, group(1))]])
    }
}
