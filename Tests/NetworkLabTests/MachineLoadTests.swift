import IPv6
import MLD
import Testing
import Timing

@testable import NetworkLab

@Suite("The load of the machine")
struct MachineLoadTests {
    @Test(
        "every group is reported once, by the host that it was dealt to",
        arguments: [(10, 3, 2), (64, 1, 64), (1, 5, 7), (100, 10, 1)])
    func load(groups: Int, hosts: Int, recordsPerReport: Int) throws {
        let load = MachineLoad(
            .allow, groups: groups, hosts: hosts, recordsPerReport: recordsPerReport, sources: 2)
        var reported: [IPv6Address: IPv6Address] = [:]
        var records = 0
        load.forEach { host, message in
            guard var view = try? MLDReportView(parsing: message) else { return }
            #expect(view.remaining <= recordsPerReport)
            while let record = view.next(in: message) {
                #expect(record.kind == .allow && record.sources.count == 2)
                reported[record.group] = host
                records += 1
            }
        }
        #expect(records == groups && reported.count == groups && load.records == groups)
        #expect(Set(reported.values).count == min(hosts, groups))
    }

    @Test("the router that is measured takes joins, answers and leaves at once")
    func router() {
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var router = MLDRouter.settled(groups: 100, at: &now)
        var actions: [MLDRouter.Action] = []
        for (kind, count) in [(MLDRecordKind.toExclude, 100), (.isExclude, 100), (.toInclude, 0)] {
            MachineLoad(kind, groups: 100, hosts: 7, recordsPerReport: 8).forEach { host, message in
                router.receive(message, from: host, at: now, into: &actions)
            }
            #expect(router.groupCount == count)
        }
    }

    @Test(
        "a goal is met on its side",
        arguments: [
            (BenchmarkReport.Goal.atMost(5), 5.0, 5.1), (.atLeast(5), 5.0, 4.9), (.exactly(0), 0.0, 1.0),
        ])
    func goals(goal: BenchmarkReport.Goal, good: Double, bad: Double) {
        #expect(goal.isMet(by: good) && !goal.isMet(by: bad))
    }
}
