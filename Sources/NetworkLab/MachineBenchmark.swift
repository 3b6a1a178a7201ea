import CAllocationCount
import Glibc
import IPv6
import LinuxSystem
import MLD
import Timing

/// What a record costs the router part of MLD itself: from the octets of a report to the actions, on one core, without
/// sockets, checksum (the kernel's) and routes.
enum MachineBenchmark {
    private static let groups = 10_000
    private static let hosts = 100

    /// What the reports are like.
    private struct Kind {
        var recordsPerReport: Int
        var sources = 0

        func load(_ kind: MLDRecordKind) -> MachineLoad {
            MachineLoad(kind, groups: groups, hosts: hosts, recordsPerReport: recordsPerReport, sources: sources)
        }
        var joins: MachineLoad { load(sources == 0 ? .toExclude : .allow) }
        /// What hosts answer to general queries.
        var answers: MachineLoad { load(sources == 0 ? .isExclude : .isInclude) }
        var leaves: MachineLoad { load(sources == 0 ? .toInclude : .block) }

        var title: String {
            "machine: \(groups) groups, \(hosts) hosts, \(recordsPerReport) a report"
                + (sources == 0 ? "" : ", \(sources) sources each")
        }
    }

    static func run(runs: Int, into report: inout BenchmarkReport) throws {
        for kind in [Kind(recordsPerReport: 64), Kind(recordsPerReport: 1), Kind(recordsPerReport: 25, sources: 2)] {
            try run(kind, runs: runs, into: &report)
        }
        for hosts in [1, 10_000] { try addMemory(hosts: hosts, isLimited: false, to: &report) }
        try addMemory(hosts: 10_000, isLimited: true, to: &report)
    }

    private static func run(_ kind: Kind, runs: Int, into report: inout BenchmarkReport) throws {
        let (joins, answers, leaves) = (kind.joins, kind.answers, kind.leaves)
        var (new, known, left) = (Samples(), Samples(), Samples())
        var allocations: UInt64 = 0
        for _ in 0..<runs {
            var now = Instant(nanoseconds: 1_000_000_000_000)
            var router = MLDRouter.settled(groups: groups, at: &now)
            new.add(time(joins, on: &router, &now).time)
            guard router.groupCount == groups else { throw failure("\(router.groupCount) groups of \(groups)") }
            for _ in 0..<10 {
                let cost = time(answers, on: &router, &now)
                known.add(cost.time)
                allocations += cost.allocations
            }
            left.add(time(leaves, on: &router, &now).time)
            guard router.groupCount == 0 else { throw failure("\(router.groupCount) groups are left") }
        }
        add("known group", known, answers.records, goal: 5)
        if lc_counts_allocations() != 0 {
            let note = "in \(known.values.count * answers.records) records"
            report.add(
                kind.title, "known group, allocations", Double(allocations), "", goal: .exactly(0), note: note)
        }
        add("new group", new, joins.records, goal: 1)
        add("leave, at once", left, leaves.records, goal: nil)
        add("parsing alone", parsing(answers, runs: 10 * runs), answers.records, goal: nil)

        func add(_ name: String, _ samples: Samples, _ records: Int, goal: Double?) {
            guard let median = samples.median, let best = samples.minimum, let worst = samples.maximum else { return }
            let range = "\(rate(records, worst).fixed(1)) … \(rate(records, best).fixed(1)) M/s"
            report.add(
                kind.title, name, rate(records, median), "M/s", goal: goal.map(BenchmarkReport.Goal.atLeast),
                note: "\((median.inSeconds / Double(records) * 1e9).fixed(0)) ns a record, "
                    + "\(samples.values.count) runs, \(range)")
        }
    }

    /// Millions of records a second.
    private static func rate(_ records: Int, _ time: Duration) -> Double { Double(records) / time.inSeconds / 1e6 }

    /// Processor time of a load, and how often it asked for memory.
    private static func time(
        _ load: MachineLoad, on router: inout MLDRouter, _ now: inout Instant
    ) -> (time: Duration, allocations: UInt64) {
        var actions: [MLDRouter.Action] = []
        actions.reserveCapacity(256)
        let before = lc_allocation_count()
        let started = processorTime
        load.forEach { host, message in
            now = now + .microseconds(1)
            router.receive(message, from: host, at: now, into: &actions)
        }
        let ended = processorTime
        return (ended - started, lc_allocation_count() - before)
    }

    /// Of this thread: what else runs on the machine counts as little as it can.
    private static var processorTime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// The records of the reports walked and no more, for comparison.
    private static func parsing(_ load: MachineLoad, runs: Int) -> Samples {
        var samples = Samples()
        var sum: UInt64 = 0
        for _ in 0..<runs {
            let started = processorTime
            load.forEach { _, message in
                guard var view = try? MLDReportView(parsing: message) else { return }
                while let record = view.next(in: message) { sum &+= record.group.low }
            }
            samples.add(processorTime - started)
        }
        // Without a use of the sum there would be nothing to do.
        return sum == 0 ? Samples() : samples
    }

    // MARK: memory

    private static let many = 1_000_000

    /// In a process of its own, so that nothing else counts.
    private static func addMemory(hosts: Int, isLimited: Bool, to report: inout BenchmarkReport) throws {
        let (exit, output, errors) = try LabProcess.run(
            ["/proc/self/exe", "bench", "--hold", "\(hosts)"] + (isLimited ? ["--limited"] : []), within: .seconds(300))
        guard exit == .code(0), let peak = Int(output) else { throw failure("\(exit) \(errors)") }
        report.add(
            "machine: memory", "\(many) groups, \(hosts) hosts\(isLimited ? ", default limits" : "")",
            Double(peak) / 1e6, "MB", goal: .atMost(400), note: "at most, the whole process")
    }

    /// Fills a router with groups and says how much memory the process has had at most, in octets.
    static func hold(hosts: Int, isLimited: Bool) throws -> Int {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var router = MLDRouter.settled(groups: isLimited ? 0 : many, at: &now)
        let room = isLimited ? router.configuration.maximumGroups : many
        var actions: [MLDRouter.Action] = []
        MachineLoad.make(.toExclude, groups: many, hosts: hosts, recordsPerReport: 64) { host, message in
            router.receive(message.span.bytes, from: host, at: now, into: &actions)
        }
        guard router.groupCount == room, isLimited || router.hostCount == hosts else {
            throw failure("\(router.groupCount) groups of \(router.hostCount) hosts")
        }
        guard let usage = ProcessUsage(of: getpid()) else { throw failure("no /proc") }
        return usage.peakResidentSize
    }

    private static func failure(_ message: String) -> LabError { .failed(command: "machine", message: message) }
}
