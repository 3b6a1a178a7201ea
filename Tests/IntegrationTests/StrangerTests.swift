import IPv6
import MLD
import NetworkLab
import Testing
import Timing

/// A LAN of strangers, `hosts: untrusted`, with one of them who forges.
@Suite("Strangers", .serialized, .needsNamespaces)
struct StrangerTests {
    private static let lower = IPv6Address(high: 0xfe80 << 48, low: 1)

    @Test("M1 M3 M4 with hosts: untrusted no forged packet takes a stream from those who listen")
    func untrusted() throws {
        let experiment = try Experiment(settings: "hosts: untrusted")
        let network = experiment.network
        experiment.finishQueryRound()
        let streams = try [Experiment.asm, Experiment.ssm].map { try experiment.stream(to: $0) }
        let listeners = [
            try LabListener.joined(Experiment.asm, on: network.h1),
            try LabListener.joined(Experiment.ssm, .include([TwoLANs.firstSource]), on: network.h1),
        ]
        for listener in listeners { #expect(listener.waitForData(within: .seconds(3)) != nil) }
        for listener in listeners { listener.reset() }

        let forger = try CraftedFrames.from(network.h2)
        let victim = try network.h1.linkLocalAddress(of: "eth0")
        for frame in Self.queries + Self.leaves(of: victim) {
            try forger.send([frame])
            pause(.milliseconds(300))
        }
        pause(.milliseconds(2500))  // past the last listener query time
        for (stream, listener) in zip(streams, listeners) {
            #expect(listener.record.missing == 0 && listener.record.longestGap < .seconds(1), "\(stream.group)")
            listener.reset()
            #expect(listener.waitForData(within: .seconds(1)) != nil, "\(stream.group)")
        }
        let lan0 = try #require(try experiment.router.interfaces().first { $0.interface == "lan0" })
        #expect(lan0.querier.isSelf && lan0.queryInterval == 20 && lan0.robustnessVariable == 2)
        let denied = try #require(try experiment.router.statistics().first { $0.interface == "lan0" }).error.denied
        #expect(denied == UInt64(Self.queries.count))

        // One address has its share of groups.
        let frames = (0..<50).map { part in
            let groups = (0..<6).map { IPv6Address(high: 0xff1e << 48, low: 0x9_0000 + UInt64(part * 6 + $0)) }
            return ReportFrame(MLDReport(groups.map { .init(.toExclude, $0, []) }), fromHost: 5)
        }
        try forger.send(frames)
        let held = try experiment.router.wait(.seconds(2)) {
            try experiment.router.groups().count { $0.lastReporter == "\(ReportFrame.address(ofHost: 5))" }
        } until: {
            $0 >= 256
        }
        #expect(held == 256)
    }

    private static let queries: [ReportFrame] = {
        let worst = MLDQuery(maximumResponseDelay: 8_387_584, robustnessVariable: 7, queryInterval: 31744)
        var frames = [lower, ReportFrame.address(ofHost: 9)].map { ReportFrame(worst, from: $0, to: .allNodes) }
        for sources in [[], [TwoLANs.firstSource]] {
            let group = sources.isEmpty ? Experiment.asm : Experiment.ssm
            let query = MLDQuery(maximumResponseDelay: 0, group: group, sources: sources)
            frames.append(ReportFrame(query, from: lower, to: group))
        }
        return frames
    }()

    private static func leaves(of victim: IPv6Address) -> [ReportFrame] {
        let (asm, ssm) = (Experiment.asm, Experiment.ssm)
        return [
            ReportFrame(MLDReport([.init(.toInclude, asm, [])]), from: victim, to: .allMLDv2Routers),
            ReportFrame(
                MLDReport([.init(.block, ssm, [TwoLANs.firstSource])]), from: victim, to: .allMLDv2Routers),
            ReportFrame(MLDReport([.init(.toInclude, ssm, [])]), from: victim, to: .allMLDv2Routers),
            ReportFrame(MLDv1Message(.report, asm), from: ReportFrame.address(ofHost: 9), to: asm),
            ReportFrame(MLDv1Message(.done, asm), from: victim, to: .allRouters),
        ]
    }
}
