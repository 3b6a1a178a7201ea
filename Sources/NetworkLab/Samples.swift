import Timing

/// Measured times, and what is said about them.
public struct Samples: Sendable {
    public private(set) var values: [Duration] = []
    /// Attempts in which the event never came.
    public private(set) var missed = 0

    public init() {}

    public mutating func add(_ value: Duration?) {
        if let value { values.append(value) } else { missed += 1 }
    }

    public var median: Duration? { quantile(0.5) }
    public var minimum: Duration? { values.min() }
    public var maximum: Duration? { values.max() }

    /// The smallest value that is not exceeded by such a part of them; nil without values.
    public func quantile(_ part: Double) -> Duration? {
        guard !values.isEmpty else { return nil }
        let index = Int((Double(values.count) * part).rounded(.up)) - 1
        return values.sorted()[max(0, min(values.count - 1, index))]
    }
}
