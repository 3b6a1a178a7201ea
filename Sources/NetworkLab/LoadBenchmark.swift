import IPv6
import LinuxSystem
import Timing

/// Very many groups at once, and none at all.
enum LoadBenchmark {
    /// One run of joins, flat out, at a fresh agent.
    struct Load {
        var groups: Int
        var recordsPerReport: Int
        var hosts: Int
        /// Seconds of processor time, megabytes resident.
        var processorGoal: Double?
        var memoryGoal: Double?
    }

    static let loads = [
        Load(groups: 10_000, recordsPerReport: 1, hosts: 100),
        Load(groups: 10_000, recordsPerReport: 64, hosts: 1, processorGoal: 0.05),
        Load(groups: 100_000, recordsPerReport: 64, hosts: 100, processorGoal: 1, memoryGoal: 64),
    ]

    static func run(_ load: Load, into report: inout BenchmarkReport) throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        try directory.write(
            """
            interfaces:
              lan0: {role: downstream, limits: {max-groups: 200000}}

            """, to: "lcroute.yaml")
        let router = try LabRouter(
            on: network.router, ["--config", directory.file("lcroute.yaml")], control: directory.file("control"))
        let reports = ReportLoad(groups: load.groups, recordsPerReport: load.recordsPerReport, hosts: load.hosts)
        let host = try CraftedHost.attached(to: network.h1)
        pause(.milliseconds(500))
        let before = ProcessUsage(of: router.process.pid)
        let others = try router.status().groupsCount  // what the hosts' kernels have joined by themselves
        let duration = try host.send(reports)
        _ = try router.wait(.seconds(10)) {
            try router.status().groupsCount - others
        } until: {
            $0 >= load.groups
        }
        let after = ProcessUsage(of: router.process.pid)
        // Which ones they are is asked after the measurement: the answer is long, and making it is no part of the load.
        let held = try router.groups().count { IPv6Address($0.groupAddress).map { reports.contains($0) } ?? false }
        let section =
            "load: \(load.groups) groups, \(load.recordsPerReport) a report, \(load.hosts) hosts, flat out"
        report.add(
            section, "groups held", Double(held), "", goal: .exactly(Double(load.groups)),
            note: "\(reports.frames) reports in \(duration.readable)")
        guard let before, let after else { return }
        report.add(
            section, "processor time", (after.processorTime - before.processorTime).inSeconds, "s",
            goal: load.processorGoal.map(BenchmarkReport.Goal.atMost))
        report.add(
            section, "memory resident", Double(after.residentSize) / 1e6, "MB",
            goal: load.memoryGoal.map(BenchmarkReport.Goal.atMost))
    }

    /// An agent that has nothing to do.
    static func runIdle(_ time: Duration, into report: inout BenchmarkReport) throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        let router = try LabRouter(on: network.router, ["lan0", "lan1"], control: directory.file("control"))
        pause(.seconds(2))
        let before = ProcessUsage(of: router.process.pid)
        pause(time)
        guard let before, let after = ProcessUsage(of: router.process.pid) else {
            throw LabError.failed(command: router.process.command, message: router.process.text(.errors))
        }
        let seconds = time.inSeconds
        report.add(
            "idle", "processor time in \(seconds.fixed(0)) s",
            (after.processorTime - before.processorTime).inSeconds * 1000,
            "ms", goal: .atMost(seconds / 30))
        report.add("idle", "memory resident", Double(after.residentSize) / 1e6, "MB", goal: .atMost(12))
    }
}
