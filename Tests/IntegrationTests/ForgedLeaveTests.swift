import IPv6
import MLD
import NetworkLab
import Testing
import Timing

/// What a neighbour can do by leaving in another host's name.
@Suite("Forged leaves", .serialized, .needsNamespaces)
struct ForgedLeaveTests {
    enum Leave: CaseIterable, Sendable {
        case anySource, includingNothing, block, done
    }

    private func frame(_ leave: Leave, from host: IPv6Address) -> ReportFrame {
        func report(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address]) -> ReportFrame {
            ReportFrame(MLDReport([.init(kind, group, sources)]), from: host, to: .allMLDv2Routers)
        }
        return switch leave {
        case .anySource: report(.toInclude, Experiment.asm, [])
        case .includingNothing: report(.toInclude, Experiment.ssm, [])
        case .block: report(.block, Experiment.ssm, [TwoLANs.firstSource])
        case .done: ReportFrame(MLDv1Message(.done, Experiment.asm), from: host, to: .allRouters)
        }
    }

    @Test(
        "M4 C68 in the name of a real host, the last listener, a leave ends its stream for as long as it takes to answer",
        arguments: Leave.allCases)
    func lastListener(leave: Leave) throws {
        let experiment = try Experiment(mld: "query-interval: 125, query-max-response-time: 1")
        let group = leave == .anySource || leave == .done ? Experiment.asm : Experiment.ssm
        experiment.finishQueryRound()
        let stream = try experiment.stream(to: group)
        let listener = try LabListener.joined(
            group, leave == .anySource || leave == .done ? .any : .include([TwoLANs.firstSource]),
            on: experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(1200))  // the host repeats its join report within a second
        let victim = try experiment.network.h1.linkLocalAddress(of: "eth0")
        try CraftedFrames.from(experiment.network.h2).send([frame(leave, from: victim)])
        let query = experiment.lan0.waitForMessage(within: .seconds(1)) { $0.kind == .query && $0.groups == [group] }
        #expect(query != nil)
        pause(.milliseconds(1500))
        listener.reset()
        #expect(listener.waitForData(within: .seconds(2)) != nil, "its answer has brought the stream back")
        #expect(try experiment.router.interfaces(listeningTo: group) == ["lan0"])
        withExtendedLifetime(stream) {}
    }
}
