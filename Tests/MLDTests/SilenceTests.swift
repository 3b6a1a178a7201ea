import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// What one packet can do to a LAN: whatever it claims, what listeners want is forwarded again within this router's own
/// Other Querier Present Interval.
@Suite("One forged packet")
struct SilenceTests {
    private static let lower = address("fe80::1")

    @Test("M1 C26 One query with the largest values ends a querier's role for 255 s, not for seven hours")
    func largestValues() {
        var link = TestLink.settled()
        let forged = MLDQuery(maximumResponseDelay: 8_387_584, robustnessVariable: 7, queryInterval: 31744)
        link.receive(forged, from: Self.lower, to: .allNodes)
        #expect(link.router.querier.expires == link.now + .seconds(255))
        _ = link.taken()
        link.pass(.seconds(255))
        #expect(link.router.querier.isSelf)
        #expect(link.sent() == [MLDQuery(maximumResponseDelay: 10_000)], "with values of its own")
    }

    @Test("M1 An observer waits for a querier as long as it says")
    func observer() {
        var link = TestLink { $0.isPassive = true }
        let slow = MLDQuery(maximumResponseDelay: 10_000, robustnessVariable: 2, queryInterval: 640)
        link.receive(slow, from: Self.lower, to: .allNodes)
        #expect(link.router.querier.expires == link.now + .seconds(1285))
    }

    @Test(
        "M1 A query that only the router hears ends no membership before the listeners have been asked",
        arguments: 0...4)
    func unheard(late: Int) {
        var link = TestLink()
        link.report(.toExclude, group(1))
        link.report(.allow, ssmGroup(1), [source(1)])
        // Late: when the next general query is due almost.
        link.pass(.seconds(late * 31))
        let forged = MLDQuery(maximumResponseDelay: 1, group: group(1), robustnessVariable: 7, queryInterval: 31744)
        link.receive(forged, from: Self.lower, to: group(1))
        link.pass(.seconds(255))
        #expect(link.router.querier.isSelf && link.router.forwards(source: source(1), group: group(1)))
        #expect(link.router.forwards(source: source(1), group: ssmGroup(1)) && link.router.hostCount == 1)
        // Those who do not answer this router have gone.
        link.pass(.seconds(20))
        #expect(link.router.groupCount == 0)
    }

    @Test("M1 Once a querier has been heard twice, what it asks about ends as it says")
    func confirmed() {
        var link = TestLink { $0.immediateLeave = false }
        link.report(.toExclude, group(1))
        for _ in 1...2 {
            let query = MLDQuery(maximumResponseDelay: 1000, group: group(1))
            link.receive(query, from: Self.lower, to: group(1))
        }
        link.pass(.seconds(2))
        #expect(link.router.groupCount == 0)
    }

    @Test("M1 Any one query, at any time, with any settings, stops nothing for longer than that", arguments: 1...400)
    func anyQuery(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var link = TestLink {
            $0.robustnessVariable = Int.random(in: 2...4, using: &random)
            $0.queryInterval = .seconds([11, 60, 125, 500].randomElement(using: &random) ?? 125)
            $0.queryResponseInterval = .seconds([1, 2, 10].randomElement(using: &random) ?? 10)
            $0.immediateLeave = Bool.random(using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 { $0.lastListenerQueryCount = 5 }
            if Int.random(in: 0..<4, using: &random) == 0 { $0.listeningInterval = .rfc3810 }
        }
        let configuration = link.router.configuration
        let longest = configuration.otherQuerierPresentInterval
        var listeners = Listeners(patience: configuration.queryResponseInterval, random: random)
        listeners.report(to: &link)
        listeners.pass(.milliseconds(Int.random(in: 0...3 * 125_000, using: &random)), on: &link)
        #expect(listeners.longestSilence == .zero, "before it")

        var forged = MLDQuery(
            version: Int.random(in: 0..<5, using: &random) == 0 ? .mldv1 : .mldv2,
            maximumResponseDelay: [0, 1, 1000, 32_000, 8_387_584].randomElement(using: &random) ?? 0,
            robustnessVariable: UInt8.random(in: 0...7, using: &random),
            queryInterval: [0, 1, 125, 3600, 31744].randomElement(using: &random) ?? 0)
        forged.suppressRouterSideProcessing = Bool.random(using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: forged.group = group(1)
        case 1 where forged.version == .mldv2:
            forged.group = Bool.random(using: &random) ? group(1) : ssmGroup(1)
            forged.sources = [source(1)]
        default: break
        }
        let forger = Bool.random(using: &random) ? Self.lower : host(9)
        link.receive(forged, from: forger, to: forged.destination)
        // The listeners hear it, or the router alone does.
        if Bool.random(using: &random) { listeners.hear(forged, at: link.now) }
        listeners.measure(link)
        listeners.pass(longest * 4, on: &link)
        #expect(listeners.longestSilence <= longest, "\(forged) from \(forger)")
        #expect(link.router.querier.isSelf)
    }
}

/// Hosts that want a group, and sources of one, and answer general queries. Measures for how long they got nothing.
private struct Listeners {
    private(set) var longestSilence = Duration.zero
    private let patience: Duration
    private var random: SeededGenerator
    private var answerDue: Instant?
    private var silentSince: Instant?

    init(patience: Duration, random: SeededGenerator) {
        self.patience = patience
        self.random = random
    }

    func report(to link: inout TestLink) {
        link.report(.isExclude, group(1), host: 1)
        link.report(.isInclude, ssmGroup(1), [source(1)], host: 2)
    }

    /// An answer that is due earlier serves for both (RFC 9777 §6.2).
    mutating func hear(_ query: MLDQuery, at now: Instant) {
        guard query.isGeneral else { return }
        let delay = UInt64.random(in: 0...UInt64(query.maximumResponseDelay), using: &random)
        answerDue = min(answerDue ?? .distantFuture, now + .milliseconds(Int64(delay)))
    }

    mutating func pass(_ duration: Duration, on link: inout TestLink) {
        let end = link.now + duration
        while link.now < end {
            let next = min(end, answerDue ?? end, max(link.router.nextDeadline ?? end, link.now))
            link.pass(next - link.now)
            for query in link.sent() { hear(query, at: link.now) }
            if let due = answerDue, due <= link.now {
                answerDue = nil
                report(to: &link)
            }
            measure(link)
        }
    }

    mutating func measure(_ link: TestLink) {
        let flows =
            link.router.querier.isSelf && link.router.forwards(source: source(1), group: group(1))
            && link.router.forwards(source: source(1), group: ssmGroup(1))
        guard flows else {
            silentSince = silentSince ?? link.now
            return
        }
        if let silentSince { longestSilence = max(longestSilence, link.now - silentSince) }
        silentSince = nil
    }
}
