import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import NetworkLab
import RouterControl
import Testing
import Timing
import Varlink

/// What an administrator forbids, on the real kernel, against hosts that try.
@Suite("Policy", .serialized, .needsNamespaces)
struct PolicyTests {
    private static let site = IPv6Address(high: 0xff15_0000_0000_0000, low: 1)

    /// What the router counted on LAN 0 once `isEnough`, or after two seconds.
    private func counted(
        by router: LabRouter, until isEnough: (InterfaceStatistics) -> Bool
    ) throws -> InterfaceStatistics {
        let all = try router.wait(.seconds(2)) {
            try router.statistics().filter { $0.interface == "lan0" }
        } until: {
            $0.contains(where: isEnough)
        }
        return try #require(all.first)
    }

    @Test("C65 kernel hosts follow a router of version 1, and their leaves end the stream after it asked")
    func version1() throws {
        let experiment = try Experiment(mld: "version: 1, \(Experiment.fastRounds)")
        let query = try #require(experiment.lan0.waitForMessage(within: .seconds(8)) { $0.kind == .query })
        #expect(query.octets.count == 24 && query.hopLimit == 1 && query.routerAlert)
        experiment.finishQueryRound()
        let stream = try experiment.stream(to: Experiment.asm)
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        #expect(
            experiment.lan0.waitForMessage(within: .seconds(2)) {
                $0.kind == .version1Report && $0.groups == [Experiment.asm]
            } != nil)
        #expect(try experiment.router.groups().allSatisfy { $0.compatibility == .mldv1 })
        #expect(try experiment.router.interfaces().first { $0.interface == "lan0" }?.version == 1)
        let left = Instant.now
        listener.leave()
        let last = try #require(
            experiment.lan0.waitForSilence(on: Experiment.asm, of: .milliseconds(500), within: .seconds(6)))
        #expect(last - left > .milliseconds(1500))
        withExtendedLifetime(stream) {}
    }

    @Test("C85 a group of the boundary's scope does not reach the LAN, a wider one does")
    func scopeBoundary() throws {
        let experiment = try Experiment(
            settings: "scope-boundary: [site]", channels: "channels:\n  c: {group: \"\(Self.site)\"}")
        let streams = try [Self.site, Experiment.asm].map { try experiment.stream(to: $0) }
        let bounded = try LabListener.joined(Self.site, on: experiment.network.h1)
        let global = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        #expect(global.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(300))
        #expect(bounded.record.count == 0 && experiment.lan0.record.flow(to: Self.site) == nil)
        // The membership is known nevertheless, but no reason to start a sender.
        #expect(try experiment.router.interfaces(listeningTo: Self.site) == ["lan0"])
        #expect(try experiment.router.channel(Self.site)?.state == .idle)
        withExtendedLifetime(streams) {}
    }

    @Test("M9 a group that is not allowed gets no state and no stream, and starts no sender")
    func groupFilter() throws {
        let experiment = try Experiment(
            settings: "groups: {allow: [ff3e::/32]}", channels: "channels:\n  c: {group: \"\(Experiment.asm)\"}")
        let stream = try experiment.stream(to: Experiment.asm)
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        let statistics = try counted(by: experiment.router) { $0.error.denied > 0 }
        #expect(statistics.error.denied > 0 && statistics.error.limit == 0)
        pause(.milliseconds(300))
        #expect(listener.record.count == 0)
        #expect(try experiment.router.channel(Experiment.asm)?.state == .idle)
        withExtendedLifetime(stream) {}
    }

    @Test("M1 a forged querier that the guard list does not name changes nothing", arguments: [true, false])
    func querierGuard(isGuarded: Bool) throws {
        let experiment = try Experiment(
            mld: Experiment.fastRounds + (isGuarded ? ", querier-guard: [\"fe80::ffff\"]" : ""))
        let stream = try experiment.stream(to: Experiment.asm)
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        let forger = try CraftedFrames.from(experiment.network.h2)
        try forger.send([
            ReportFrame(
                MLDQuery(maximumResponseDelay: 1000), from: IPv6Address(high: 0xfe80 << 48, low: 1), to: .allNodes)
        ])
        let statistics = try counted(by: experiment.router) { $0.error.denied + $0.received.query > 0 }
        #expect(statistics.error.denied == (isGuarded ? 1 : 0))
        let interface = try #require(try experiment.router.interfaces().first { $0.interface == "lan0" })
        #expect(interface.querier.isSelf == isGuarded)
        // Not the interval that it told, 125 s, but as long as it is believed, 2 · 20 s + 1 s / 2.
        #expect(interface.queryInterval == (isGuarded ? 20 : 40.5) && interface.configuredQueryInterval == 20)
        #expect((interface.querier.expire ?? 0) <= 40.5)
        listener.reset()
        #expect((listener.waitForData(within: .milliseconds(500)) != nil) == isGuarded)
        if !isGuarded {
            _ = try VarlinkConnection(path: experiment.router.control)
                .call(RouterMethod.clearGroups.qualifiedName, ClearSelection(interface: "lan0"), timeout: 5)
            #expect(listener.waitForData(within: .seconds(3)) != nil, "asked again, by this router")
        }
        withExtendedLifetime(stream) {}
    }

    @Test("M3 a host that makes up groups fills its quota, and others join as before")
    func quota() throws {
        let experiment = try Experiment(settings: "limits: {max-groups-per-host: 10}")
        let forger = try CraftedFrames.from(experiment.network.h2)
        let groups = (0..<500).map { IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x9_0000 + UInt64($0)) }
        try forger.send(groups.map { ReportFrame(.toExclude, $0, fromHost: 5) })
        let statistics = try counted(by: experiment.router) { $0.limit.maxGroupsPerHost >= 490 }
        #expect(statistics.limit.maxGroupsPerHost == 490 && statistics.error.limit == 490)
        let stream = try experiment.stream(to: Experiment.asm)
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        #expect(try experiment.router.groups().count { $0.lastReporter == "\(ReportFrame.address(ofHost: 5))" } == 10)
        withExtendedLifetime(stream) {}
    }
}
