import JSONText
import Timing

/// The figures of a benchmark run, each with what it should be, as a table or as JSON.
public struct BenchmarkReport: Sendable, JSONWritable {
    /// One figure.
    public struct Figure: Sendable, JSONWritable {
        public var section: String
        public var name: String
        public var value: Double
        public var unit: String
        /// What is good; nil: a figure for comparison.
        public var goal: Goal?
        public var note: String

        public var isMet: Bool? { goal.map { $0.isMet(by: value) } }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("section", section)
                json.member("name", name)
                json.member("value", value)
                json.member("unit", unit)
                json.member("goal", goal?.bound)
                json.member("met", isMet)
                json.member("note", note)
            }
        }
    }

    public enum Goal: Sendable {
        case atMost(Double)
        case atLeast(Double)
        case exactly(Double)

        var bound: Double {
            switch self {
            case .atMost(let bound), .atLeast(let bound), .exactly(let bound): bound
            }
        }

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atMost(let bound): value <= bound
            case .atLeast(let bound): value >= bound
            case .exactly(let bound): value == bound
            }
        }

        var text: String {
            let digits = bound < 10 ? 2 : bound.rounded() == bound ? 0 : 1
            return switch self {
            case .atMost(let bound): "≤ \(bound.fixed(digits))"
            case .atLeast(let bound): "≥ \(bound.fixed(digits))"
            case .exactly(let bound): "= \(bound.fixed(0))"
            }
        }
    }

    public private(set) var figures: [Figure] = []
    /// Told of each figure as it is measured.
    private let onFigure: @Sendable (Figure) -> Void

    public init(onFigure: @escaping @Sendable (Figure) -> Void = { _ in }) { self.onFigure = onFigure }

    mutating func add(
        _ section: String, _ name: String, _ value: Double, _ unit: String, goal: Goal? = nil, note: String = ""
    ) {
        let figure = Figure(section: section, name: name, value: value, unit: unit, goal: goal, note: note)
        figures.append(figure)
        onFigure(figure)
    }

    /// Median and tail of measured times, in milliseconds.
    mutating func add(
        _ section: String, _ name: String, _ samples: Samples, median: Double? = nil, tail: Double? = nil
    ) {
        let count = samples.values.count
        guard let middle = samples.median, let last = samples.quantile(0.99), let least = samples.minimum,
            let most = samples.maximum
        else {
            add(section, "\(name), seen", 0, "times", goal: .exactly(Double(samples.missed)), note: "it never happened")
            return
        }
        let range = "\(count) times, \((least.inSeconds * 1000).fixed(3)) … \((most.inSeconds * 1000).fixed(3)) ms"
        add(
            section, "\(name), median", middle.inSeconds * 1000, "ms", goal: median.map(Goal.atMost),
            note: range + (samples.missed > 0 ? ", \(samples.missed) times not at all" : ""))
        add(section, "\(name), 99 %", last.inSeconds * 1000, "ms", goal: tail.map(Goal.atMost))
    }

    public func write(to json: inout JSONWriter) {
        json.object { $0.member("figures", figures) }
    }
}

extension BenchmarkReport.Figure {
    /// One line of the table.
    public var line: String {
        let digits = unit == "ms" || unit == "s" ? 3 : (value.rounded() == value ? 0 : 1)
        let mark = isMet.map { $0 ? "met" : "NOT MET" } ?? ""
        return "  " + name.padded(to: 46) + value.fixed(digits).leftPadded(to: 12) + " " + unit.padded(to: 7)
            + (goal?.text ?? "").padded(to: 12) + mark.padded(to: 9) + note
    }
}
