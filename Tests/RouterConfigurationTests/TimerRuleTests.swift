import RouterConfiguration
import Testing

@Suite("Timers in the configuration")
struct TimerRuleTests {
    private func accepts(_ mld: String) -> Bool {
        let text = "interfaces: {lan0: {role: downstream, mld: {\(mld)}}}"
        return (try? RouterConfiguration(parsing: Array(text.utf8), file: "router.yaml")) != nil
    }

    @Test(
        "C31 Robustness is 1…255",
        arguments: [(-1, false), (0, false), (1, true), (2, true), (255, true), (256, false)])
    func robustness(value: Int, isGood: Bool) { #expect(accepts("robustness-variable: \(value)") == isGood) }

    @Test(
        "C33 The query response interval is below the query interval, or the file is refused",
        arguments: [(125, 124.999, true), (125, 125, false), (125, 126, false), (10, 10, false), (11, 10, true)])
    func queryResponseInterval(query: Double, response: Double, isGood: Bool) {
        #expect(accepts("query-interval: \(query), query-max-response-time: \(response)") == isGood)
    }
}
