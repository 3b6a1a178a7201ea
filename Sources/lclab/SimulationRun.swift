import JSONText
import MLDSimulation

/// Seeds run one after the other, with the real time that they take.
struct SimulationRun {
    private var campaign: SimulationCampaign
    private let start = ContinuousClock.now
    private var lastWord = ContinuousClock.now
    /// Told how far it is, every ten seconds.
    var progress: ((String) -> Void)?

    init(campaign: SimulationCampaign) { self.campaign = campaign }

    private var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// Runs until `count` seeds have been run, the time is over or one fails.
    mutating func run(first: UInt64, count: Int, seconds limit: Int?) -> SimulationCampaign.Failure? {
        var seed = first
        while campaign.summary.seeds < count {
            if let failure = campaign.run(seed: seed) { return failure }
            seed &+= 1
            if let limit, seconds >= Double(limit) { break }
            if ContinuousClock.now - lastWord >= .seconds(10) {
                lastWord = .now
                progress?("\(campaign.summary.seeds) seeds, \(Int(campaign.summary.simulatedSeconds)) virtual seconds")
            }
        }
        return nil
    }

    /// What was run, in lines.
    var summary: String {
        let done = campaign.summary
        let real = seconds
        var lines = [
            "\(done.seeds) seeds, \(Int(done.simulatedSeconds)) virtual seconds in \(Self.rounded(real)) s: "
                + "\(Int(done.simulatedSeconds / max(real, 1e-9))) virtual seconds per second, "
                + "\(done.events) events, \(Int(Double(done.events) / max(real, 1e-9))) per second",
            "cases in which a promise could have been broken:",
        ]
        let width = Invariant.allCases.map(\.rawValue.count).max() ?? 0
        for invariant in Invariant.allCases {
            let padding = String(repeating: " ", count: width - invariant.rawValue.count)
            lines.append("  \(invariant.rawValue)\(padding)  \(done.checks[invariant])")
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }

    func result(_ failure: SimulationCampaign.Failure?, again: String?) -> Result {
        Result(summary: campaign.summary, seconds: seconds, failure: failure, again: again)
    }

    /// The same as JSON.
    struct Result: JSONWritable {
        fileprivate let summary: SimulationCampaign.Summary
        fileprivate let seconds: Double
        fileprivate let failure: SimulationCampaign.Failure?
        fileprivate let again: String?

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("seeds", summary.seeds)
                json.member("virtual_seconds", summary.simulatedSeconds)
                json.member("events", summary.events)
                json.member("seconds", seconds)
                json.member("virtual_seconds_per_second", summary.simulatedSeconds / max(seconds, 1e-9))
                json.member("checks", Checks(counts: summary.checks))
                json.member("failure", failure.map { FailureText(failure: $0, again: again ?? "") })
            }
        }
    }

    private struct Checks: JSONWritable {
        let counts: InvariantCounts

        func write(to json: inout JSONWriter) {
            json.object { json in
                for invariant in Invariant.allCases { json.member(invariant.rawValue, counts[invariant]) }
            }
        }
    }

    private struct FailureText: JSONWritable {
        let failure: SimulationCampaign.Failure
        let again: String

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("seed", failure.seed)
                json.member("profile", failure.plan.profile.rawValue)
                json.member("invariant", failure.failure.invariant.rawValue)
                json.member("explanation", failure.failure.explanation)
                json.member("trace", failure.trace.lines)
                json.member("repeat", again)
            }
        }
    }
}

extension SimulationCampaign.Failure {
    func text(again: String) -> String {
        """
        seed \(seed), profile \(plan.profile.rawValue), broke a promise: \(failure)
        the shortest course that breaks it, in virtual seconds:
        \(plan.setting)
        \(trace)
        again: \(again)
        """
    }
}
