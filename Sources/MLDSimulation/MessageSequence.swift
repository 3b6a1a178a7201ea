import IPv6
import MLD
import Timing

/// A random sequence of messages and waits for one router, to be given to `MLDRouter` and ``NaiveRouter`` alike.
///
/// The same seed gives the same sequence in every run. When the two differ, ``shrunk()`` finds a short sequence that still
/// makes them differ.
public struct MessageSequence: Sendable, CustomStringConvertible {
    /// How long to wait before the message of a step.
    public enum Wait: Sendable {
        case time(Duration)
        /// Until a timer ends, the one at this place among those that run, in the order of their ends; and so many
        /// nanoseconds more, or less.
        case timer(Int, offset: Int)
    }

    public enum Event: Sendable {
        case message(SequenceMessage)
        /// The link is there, or there again: nothing is forgotten.
        case start
        case stop
    }

    public struct Step: Sendable {
        public var wait: Wait
        /// Whether the event comes before the timers that end at the same instant are attended to.
        public var eventFirst: Bool
        /// Nil: only time passes.
        public var event: Event?
    }

    public let seed: UInt64
    public var configuration: MLDConfiguration
    public var address: IPv6Address
    public var mtu: Int
    public var steps: [Step]

    /// The first place at which router and model disagree.
    public struct Failure: Sendable, CustomStringConvertible {
        /// As short as it was found.
        public var sequence: MessageSequence
        /// When they differed, virtual time.
        public var time: Instant
        public var differences: [RouterComparison.Difference]

        public var description: String {
            let lines = differences.map { "  \($0)" }.joined(separator: "\n")
            return "\(sequence)\nat \(RouterComparison.text(time)) router and model differ:\n\(lines)"
        }
    }

    /// Runs the sequence of this seed; nil if router and model agree after every event, else the shortest sequence found.
    public static func firstFailure(seed: UInt64, steps: Int) -> Failure? {
        let sequence = MessageSequence(seed: seed, steps: steps)
        guard let failure = sequence.firstDifference() else { return nil }
        let short = failure.sequence.shrunk()
        return short.firstDifference() ?? failure
    }

    /// Runs the sequence; the failure's sequence ends where router and model first differ.
    public func firstDifference() -> Failure? {
        var run = SequenceRun(self)
        if let failure = run.difference() { return self.failure(failure, at: run.now, after: 0) }
        for (index, step) in steps.enumerated() {
            if let failure = run.perform(step) { return self.failure(failure, at: run.now, after: index + 1) }
        }
        return nil
    }

    private func failure(_ differences: [RouterComparison.Difference], at time: Instant, after count: Int) -> Failure {
        var sequence = self
        sequence.steps = Array(steps.prefix(count))
        return Failure(sequence: sequence, time: time, differences: differences)
    }

    /// The shortest sequence found by leaving out chunks of steps, then single steps, records and sources, that still fails.
    public func shrunk() -> MessageSequence {
        var best = self
        var size = max(1, steps.count / 2)
        while true {
            var start = 0
            var isShorter = false
            while start < best.steps.count {
                var candidate = best
                candidate.steps.removeSubrange(start..<min(start + size, best.steps.count))
                if let failure = candidate.firstDifference() {
                    best = failure.sequence
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size > 1 {
                size /= 2
            } else if !isShorter {
                break
            }
        }
        return best.withSimplerMessages()
    }

    private func withSimplerMessages() -> MessageSequence {
        var best = self
        var index = 0
        while index < best.steps.count {
            let simpler = best.steps[index].simpler.lazy.compactMap { step -> MessageSequence? in
                var candidate = best
                candidate.steps[index] = step
                return candidate.firstDifference()?.sequence
            }.first
            if let simpler { best = simpler } else { index += 1 }
        }
        return best
    }

    public var description: String {
        let settings =
            "seed \(seed): RV \(configuration.robustnessVariable), QI \(configuration.queryInterval), "
            + "QRI \(configuration.queryResponseInterval), LLQI \(configuration.lastListenerQueryInterval), "
            + "LLQC \(configuration.effectiveLastListenerQueryCount), MTU \(mtu), "
            + "compatibility \(configuration.olderHostCompatibility), router \(address)"
        var run = SequenceRun(self)
        _ = run.difference()
        var lines = [settings, "  \(RouterComparison.text(run.now)) start"]
        for step in steps {
            _ = run.perform(step)
            let order = step.eventFirst ? " (before the timers of this instant)" : ""
            lines.append("  \(RouterComparison.text(run.now)) \(step.event.map { "\($0)" } ?? "nothing")\(order)")
        }
        return lines.joined(separator: "\n")
    }
}

extension MessageSequence.Event: CustomStringConvertible {
    public var description: String {
        switch self {
        case .message(let message): "\(message)"
        case .start: "start"
        case .stop: "stop"
        }
    }
}

extension MessageSequence.Step {
    /// The same step with one thing less.
    var simpler: [MessageSequence.Step] {
        var result: [MessageSequence.Step] = []
        if eventFirst { result.append(MessageSequence.Step(wait: wait, eventFirst: false, event: event)) }
        guard case .message(let message) = event else { return result }
        for content in message.content.simpler {
            var simpler = message
            simpler.content = content
            result.append(MessageSequence.Step(wait: wait, eventFirst: eventFirst, event: .message(simpler)))
        }
        return result
    }
}

extension SequenceMessage.Content {
    /// The same message with one record or one source less.
    fileprivate var simpler: [SequenceMessage.Content] {
        var result: [SequenceMessage.Content] = []
        switch self {
        case .report(let records):
            for (position, record) in records.enumerated() {
                var fewer = records
                fewer.remove(at: position)
                if !fewer.isEmpty { result.append(.report(fewer)) }
                for place in record.sources.indices {
                    var shorter = records
                    shorter[position].sources.remove(at: place)
                    result.append(.report(shorter))
                }
            }
        case .query(let query) where query.sources.count > 1:
            for place in query.sources.indices {
                var shorter = query
                shorter.sources.remove(at: place)
                result.append(.query(shorter))
            }
        case .query, .version1Report, .done: break
        }
        return result
    }
}
