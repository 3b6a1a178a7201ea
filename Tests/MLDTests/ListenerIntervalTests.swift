import IPv6
import MLD
import Testing
import Timing

/// The listener's own intervals, and where its reports go.
@Suite("Listener intervals")
struct ListenerIntervalTests {
    @Test("C38 Repetitions come within the unsolicited report interval, 1 s unless set", arguments: [nil, 1, 5, 60])
    func unsolicitedReportInterval(seconds: Int?) {
        #expect(MLDListenerConfiguration().unsolicitedReportInterval == .seconds(1))
        let interval = Duration.seconds(seconds ?? 1)
        var longest = Duration.zero
        for seed in 1...50 as ClosedRange<UInt64> {
            var listener = TestListener(seed: seed) {
                if let seconds { $0.unsolicitedReportInterval = .seconds(seconds) }
            }
            listener.want(group(1), .exclude)
            listener.pass(interval)
            let sent = listener.sent()
            #expect(sent.count == 2)
            longest = max(longest, (sent.last?.at ?? listener.now) - (sent.first?.at ?? listener.now))
            listener.pass(interval * 10)
            #expect(listener.sent().isEmpty)
        }
        #expect(longest <= interval && longest > interval / 2, "spread over all of it")
    }

    @Test(
        "C39 Version 1 mode lasts RV·QI + QRI by other values too", arguments: [(2, 125, 10), (3, 20, 5), (1, 60, 1)])
    func olderQuerier(robustness: Int, query: Int, response: Int) {
        var listener = TestListener {
            $0.robustnessVariable = robustness
            $0.queryInterval = .seconds(query)
            $0.queryResponseInterval = .seconds(response)
        }
        listener.ask(version: .mldv1)
        #expect(listener.listener.compatibility == .mldv1)
        listener.pass(.seconds(robustness * query + response) - .milliseconds(1))
        #expect(listener.listener.compatibility == .mldv1)
        listener.pass(.milliseconds(1))
        #expect(listener.listener.compatibility == .mldv2)
    }

    @Test("C15 Version 2 reports of every kind go to ff02::16")
    func destination() {
        var listener = TestListener()
        listener.want(group(1), .exclude, [source(1)])
        listener.want(ssmGroup(1), .include, [source(1)])
        listener.pass(.seconds(5))
        listener.ask()
        listener.pass(.seconds(10))
        listener.want(group(1), .include)
        let sent = listener.sent()
        #expect(sent.count >= 4)
        for message in sent {
            guard case .report(_, let destination) = message.action else {
                Issue.record("\(message)")
                continue
            }
            #expect(destination == .allMLDv2Routers)
        }
    }
}
