import Timing

/// The measurements of `lclab bench`.
public enum Benchmark: String, CaseIterable, Sendable {
    /// Join and leave with a running stream through lcrouted.
    case latency
    /// The same through a snooping bridge, for comparison.
    case snooping
    /// Joins that start a co-located sender.
    case trigger
    /// Very many groups.
    case load
    /// The router part of MLD by itself, without a network.
    case machine
    /// No groups.
    case idle
    /// A file to many receivers over lossy links, beside other programs that must be installed.
    case delivery
    /// The RaptorQ codec by itself.
    case codec

    /// What is measured where nothing is named: lcrouted, all that needs no other programs and is soon done.
    public static let standard = allCases.filter { $0 != .delivery && $0 != .codec }

    /// Has this process hold a million groups of so many hosts, for `machine`; returns the octets of memory that it has
    /// had resident at most.
    public static func memory(ofGroupsOf hosts: Int, isLimited: Bool) throws -> Int {
        try MachineBenchmark.hold(hosts: hosts, isLimited: isLimited)
    }

    /// Runs it.
    ///
    /// - Parameter quick: fewer repetitions, for a look rather than a result.
    public func run(quick: Bool, into report: inout BenchmarkReport) throws {
        switch self {
        case .latency: try LatencyBenchmark.run(joins: quick ? 20 : 200, into: &report)
        case .snooping: try LatencyBenchmark.runSnooping(joins: quick ? 20 : 200, into: &report)
        case .trigger: try TriggerBenchmark.run(joins: quick ? 10 : 50, into: &report)
        case .load: for load in LoadBenchmark.loads { try LoadBenchmark.run(load, into: &report) }
        case .machine: try MachineBenchmark.run(runs: quick ? 5 : 25, into: &report)
        case .delivery: try DeliveryBenchmark.run(quick: quick, into: &report)
        case .codec: try CodecBenchmark.run(quick: quick, into: &report)
        case .idle: try LoadBenchmark.runIdle(.seconds(quick ? 5 : 30), into: &report)
        }
    }
}
