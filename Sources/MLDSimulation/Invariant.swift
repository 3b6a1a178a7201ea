/// What is checked after every step; docs/simulation.md has the bounds.
public enum Invariant: String, CaseIterable, Sendable {
    /// What a listener asks for is forwarded in time.
    case joined
    /// What a listener keeps wanting is never cut off.
    case kept
    /// With all listeners tracked, the leave of the last one ends the forwarding when it arrives.
    case stoppedAtOnce = "stopped-at-once"
    /// Where listeners are asked, it ends with the last listener query time.
    case stoppedAfterQueries = "stopped-after-queries"
    /// Whatever nobody wants ends with the listening interval.
    case stoppedInTime = "stopped-in-time"
    /// There is one querier, with the lowest interface identifier.
    case oneQuerier = "one-querier"
    /// What one packet claims keeps no router silent beyond its own Other Querier Present interval.
    case notSilenced = "not-silenced"
    /// The state is that of the model that follows the tables of the RFC.
    case sameAsModel = "same-as-model"
    /// No table grows beyond its limit.
    case withinLimits = "within-limits"
    /// What is sent is valid.
    case validMessages = "valid-messages"
    /// Whoever forwards is told of every change.
    case toldChanges = "told-changes"
    /// Time goes on: nobody has something to do again and again at one instant.
    case progress
}

/// How often each invariant was put to the test: cases in which it could have been broken, not calls of a function.
public struct InvariantCounts: Sendable, Equatable {
    private var counts = [UInt64](repeating: 0, count: Invariant.allCases.count)

    public init() {}

    private static let positions = Dictionary(
        uniqueKeysWithValues: Invariant.allCases.enumerated().map { ($1, $0) })

    public subscript(_ invariant: Invariant) -> UInt64 {
        get { Self.positions[invariant].map { counts[$0] } ?? 0 }
        set { if let position = Self.positions[invariant] { counts[position] = newValue } }
    }

    public static func += (a: inout InvariantCounts, b: InvariantCounts) {
        for index in a.counts.indices { a.counts[index] += b.counts[index] }
    }
}

/// A promise that was not kept.
public struct SimulationFailure: Sendable, Equatable, CustomStringConvertible {
    public var invariant: Invariant
    /// In nanoseconds of virtual time.
    public var time: UInt64
    /// The link on which it was broken; nil if it is not about one.
    public var link: Int?
    public var explanation: String

    public var description: String { "\(invariant.rawValue): \(explanation)" }
}
