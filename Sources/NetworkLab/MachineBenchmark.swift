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

    static func run(runs: Int, into report: inout BenchmarkReport) throws {
        for size in [64, 1] {
            let section = "machine: \(groups) groups, \(hosts) hosts, reports of \(size)"
            let joins = MachineLoad(.toExclude, groups: groups, hosts: hosts, recordsPerReport: size)
            let answers = MachineLoad(.isExclude, groups: groups, hosts: hosts, recordsPerReport: size)
            let leaves = MachineLoad(.toInclude, groups: groups, hosts: hosts, recordsPerReport: size)
            var new = Samples()
            var known = Samples()
            var left = Samples()
            var allocations: UInt64 = 0
            var ignored: UInt64 = 0
            for _ in 0..<runs {
                var now = Instant(nanoseconds: 1_000_000_000_000)
                var router = MLDRouter.settled(groups: groups, at: &now)
                new.add(time(joins, on: &router, &now, &ignored))
                guard router.groupCount == groups else { throw failure("\(router.groupCount) groups of \(groups)") }
                for _ in 0..<10 { known.add(time(answers, on: &router, &now, &allocations)) }
                left.add(time(leaves, on: &router, &now, &ignored))
                guard router.groupCount == 0 else { throw failure("\(router.groupCount) groups are left") }
            }
            add("known group", known, answers.records, goal: 5)
            if lc_counts_allocations() != 0 {
                let note = "in \(known.values.count * answers.records) records"
                report.add(section, "known group, allocations", Double(allocations), "", goal: .exactly(0), note: note)
            }
            add("new group", new, joins.records, goal: 1)
            add("leave, at once", left, leaves.records, goal: nil)
            if let parsing = parsing(answers, runs: runs) {
                report.add(section, "parsing alone", parsing, "M/s", note: "for comparison")
            }

            func add(_ name: String, _ samples: Samples, _ records: Int, goal: Double?) {
                guard let median = samples.median, let best = samples.minimum, let worst = samples.maximum else {
                    return
                }
                let range =
                    "\(samples.values.count) runs, \(rate(records, worst).fixed(1)) … \(rate(records, best).fixed(1))"
                report.add(
                    section, name, rate(records, median), "M/s", goal: goal.map(BenchmarkReport.Goal.atLeast),
                    note: "\((median.inSeconds / Double(records) * 1e9).fixed(0)) ns a record, \(range)")
            }
        }
        for hosts in [1, 10_000] { try addMemory(hosts: hosts, to: &report) }
    }

    /// Millions of records a second.
    private static func rate(_ records: Int, _ time: Duration) -> Double { Double(records) / time.inSeconds / 1e6 }

    /// Processor time of a load, and how often it asked for memory.
    private static func time(
        _ load: MachineLoad, on router: inout MLDRouter, _ now: inout Instant, _ allocations: inout UInt64
    ) -> Duration {
        var actions: [MLDRouter.Action] = []
        actions.reserveCapacity(256)
        let before = lc_allocation_count()
        let started = processorTime
        load.forEach { host, message in
            now = now + .microseconds(1)
            router.receive(message, from: host, at: now, into: &actions)
        }
        let ended = processorTime
        allocations += lc_allocation_count() - before
        return ended - started
    }

    /// Of this thread: what else runs on the machine counts as little as it can.
    private static var processorTime: Instant {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// The records of the reports, walked and no more.
    private static func parsing(_ load: MachineLoad, runs: Int) -> Double? {
        var samples = Samples()
        var sum: UInt64 = 0
        for _ in 0..<10 * runs {
            let started = processorTime
            load.forEach { _, message in
                guard var view = try? MLDReportView(parsing: message) else { return }
                while let record = view.next(in: message) { sum &+= record.group.low }
            }
            samples.add(processorTime - started)
        }
        guard sum != 0, let median = samples.median else { return nil }
        return rate(load.records, median)
    }

    // MARK: memory

    private static let many = 1_000_000

    /// In a process of its own, so that nothing else counts.
    private static func addMemory(hosts: Int, to report: inout BenchmarkReport) throws {
        let (exit, output, errors) = try LabProcess.run(
            ["/proc/self/exe", "bench", "--hold", "\(hosts)"], within: .seconds(300))
        guard exit == .code(0), let peak = Int(output) else { throw failure("\(exit) \(errors)") }
        report.add(
            "machine: memory", "\(many) groups, \(hosts) hosts", Double(peak) / 1e6, "MB", goal: .atMost(400),
            note: "at most, the whole process")
    }

    /// Fills a router with groups and says how much memory the process has had at most, in octets.
    static func hold(hosts: Int) throws -> Int {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var router = MLDRouter.settled(groups: many, at: &now)
        var actions: [MLDRouter.Action] = []
        MachineLoad.make(.toExclude, groups: many, hosts: hosts, recordsPerReport: 64) { host, message in
            router.receive(message.span.bytes, from: host, at: now, into: &actions)
        }
        guard router.groupCount == many, router.hostCount == hosts else {
            throw failure("\(router.groupCount) groups of \(router.hostCount) hosts")
        }
        guard let usage = ProcessUsage(of: getpid()) else { throw failure("no /proc") }
        return usage.peakResidentSize
    }

    private static func failure(_ message: String) -> LabError { .failed(command: "machine", message: message) }
}
