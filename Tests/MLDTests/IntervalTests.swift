import IPv6
import MLD
import Testing
import Timing

/// The intervals of RFC 9777 §9 by what they do, for the defaults and for other settings.
@Suite("Intervals")
struct IntervalTests {
    struct Settings: Sendable, CustomTestStringConvertible {
        var robustness: Int
        var query: Int
        var response: Int
        var testDescription: String { "RV \(robustness), QI \(query) s, QRI \(response) s" }

        func apply(to configuration: inout MLDConfiguration) {
            configuration.robustnessVariable = robustness
            configuration.queryInterval = .seconds(query)
            configuration.queryResponseInterval = .seconds(response)
        }
    }

    static let settings = [
        Settings(robustness: 2, query: 125, response: 10), Settings(robustness: 1, query: 20, response: 4),
        Settings(robustness: 3, query: 60, response: 7), Settings(robustness: 255, query: 2, response: 1),
    ]

    /// Whether `holds` is true until just before `duration` has passed, and not after.
    private func expectLasting(
        _ duration: Duration, _ link: TestLink, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: (TestLink) -> Bool
    ) {
        var link = link
        link.pass(duration - .milliseconds(1))
        #expect(holds(link), sourceLocation: sourceLocation)
        link.pass(.milliseconds(1))
        #expect(!holds(link), sourceLocation: sourceLocation)
    }

    @Test("C31 C32 C33 C34 A membership lasts RV·QI + 2·QRI, or RV·QI + QRI as in RFC 3810", arguments: settings)
    func listening(settings: Settings) {
        for (formula, responses) in [(MLDConfiguration.ListeningInterval.rfc9777, 2), (.rfc3810, 1)] {
            var link = TestLink {
                settings.apply(to: &$0)
                $0.listeningInterval = formula
            }
            link.report(.isExclude, group(1), host: 1)
            link.report(.isInclude, group(2), [source(1)], host: 2)
            let duration = settings.robustness * settings.query + responses * settings.response
            for number in 1...2 { expectLasting(.seconds(duration), link) { $0.router.isWanted(group: group(number)) } }
        }
    }

    @Test("C35 Another querier is given up after RV·QI + QRI/2 of silence", arguments: settings)
    func otherQuerier(settings: Settings) {
        var link = TestLink { settings.apply(to: &$0) }
        // Its own values are left to each router.
        link.receive(
            MLDQuery(maximumResponseDelay: 1000, robustnessVariable: 0, queryInterval: 0), from: address("fe80::1"),
            to: .allNodes)
        let duration = Duration.seconds(settings.robustness * settings.query) + .seconds(settings.response) / 2
        expectLasting(duration, link) { !$0.router.querier.isSelf }
    }

    @Test("C40 Version 1 mode of a group lasts RV·QI + QRI after the last version 1 report", arguments: settings)
    func olderHost(settings: Settings) {
        var link = TestLink { settings.apply(to: &$0) }
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: group(1))
        link.pass(.seconds(1))
        link.receive(MLDv1Message(.report, group(1)), from: host(2), to: group(1))
        let duration = settings.robustness * settings.query + settings.response
        expectLasting(.seconds(duration), link) { $0.router.group(group(1))?.compatibility == .mldv1 }
    }

    @Test("C32 C33 General queries come every query interval and give the query response interval", arguments: settings)
    func generalQueries(settings: Settings) {
        var link = TestLink { settings.apply(to: &$0) }
        link.pass(.seconds(settings.robustness * settings.query))  // the startup queries are over
        _ = link.taken()
        link.pass(.seconds(10 * settings.query))
        let sent = link.sent()
        #expect(sent.count == 10)
        for query in sent {
            #expect(query.isGeneral && query.maximumResponseDelay == UInt32(1000 * settings.response))
            #expect(query.queryInterval == UInt32(settings.query))
            #expect(Int(query.robustnessVariable) == settings.robustness)
        }
    }

    @Test("C25 C36 Startup count and interval can be set apart from robustness and query interval")
    func startup() {
        var link = TestLink {
            $0.startupQueryCount = 4
            $0.startupQueryInterval = .seconds(3)
        }
        // The first of the four went out at the start.
        for _ in 0..<3 {
            link.pass(.milliseconds(2999))
            #expect(link.sent().isEmpty)
            link.pass(.milliseconds(1))
            #expect(link.sent().count == 1)
        }
        link.pass(.milliseconds(124_999))
        #expect(link.sent().isEmpty)
        link.pass(.milliseconds(1))
        #expect(link.sent().count == 1)
    }

    @Test("C31 C37 The last listener query count is the robustness variable unless set", arguments: [1, 2, 3, 7])
    func lastListener(robustness: Int) {
        var link = TestLink {
            $0.robustnessVariable = robustness
            $0.immediateLeave = false
        }
        link.pass(.seconds(300))
        link.report(.toExclude, group(1))
        _ = link.taken()
        let leave = link
        link.report(.toInclude, group(1))
        link.pass(.milliseconds(1000 * robustness - 1))
        let sent = link.sent()
        #expect(sent.filter { $0.group == group(1) }.count == robustness)
        #expect(link.router.isWanted(group: group(1)))
        link.pass(.milliseconds(1))
        #expect(!link.router.isWanted(group: group(1)))
        #expect(leave.router.isWanted(group: group(1)))
    }

    @Test("C17 Robustness above 7 is sent as 0", arguments: [(2, 2), (7, 7), (8, 0), (255, 0)])
    func robustnessField(robustness: Int, field: UInt8) {
        var router = MLDRouter(
            configuration: {
                var configuration = MLDConfiguration()
                configuration.robustnessVariable = robustness
                return configuration
            }(), address: TestLink.routerAddress, mtu: 1500)
        var actions: [MLDRouter.Action] = []
        router.start(at: Instant(nanoseconds: 1), into: &actions)
        let fields = actions.compactMap { action -> UInt8? in
            guard case .send(let query, let destination) = action else { return nil }
            return query.encoded(from: TestLink.routerAddress, to: destination)[24] & 7
        }
        #expect(fields == [field])
    }
}
