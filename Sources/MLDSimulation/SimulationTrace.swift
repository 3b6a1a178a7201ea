/// What happened in a simulation, a line for each event, in virtual seconds.
public struct SimulationTrace: Sendable, CustomStringConvertible {
    public private(set) var lines: [String] = []

    mutating func add(_ text: String, at time: UInt64) { lines.append("\(Self.seconds(time))  \(text)") }

    public var description: String { lines.joined(separator: "\n") }

    /// Seconds with six digits behind the point, right-aligned.
    static func seconds(_ time: UInt64) -> String {
        let fraction = String(time / 1000 % 1_000_000)
        let whole = String(time / 1_000_000_000)
        return String(repeating: " ", count: max(0, 5 - whole.count)) + whole + "."
            + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}

extension SimulationTrace {
    /// Seconds with as many digits as needed, up to three.
    static func brief(_ nanoseconds: UInt64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        let fraction = milliseconds % 1000
        if fraction == 0 { return String(milliseconds / 1000) }
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - String(fraction).count) + String(fraction)
    }
}
