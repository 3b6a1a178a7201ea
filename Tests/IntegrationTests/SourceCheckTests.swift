import IPv6
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing

/// Hosts that send in the name of others, and what unicast routing says of it, on the real kernel.
@Suite("Source check", .serialized, .needsNamespaces)
struct SourceCheckTests {
    private let group = Experiment.asm

    /// Two packets a second in somebody else's name from a host, which takes the address as its own.
    private func forged(from source: IPv6Address, on host: LabNode, _ experiment: Experiment) throws -> LabStream {
        try host.ip(["address add \(source)/128 dev eth0 nodad"])
        let stream = try LabStream(from: source, on: host, to: group, rate: 2)
        let route = try experiment.router.wait(.seconds(3), for: { try self.route(experiment, source) }) { $0 != nil }
        try #require(route != nil)
        return stream
    }

    private func route(_ experiment: Experiment, _ source: IPv6Address) throws -> RouteStatus? {
        try experiment.router.routes().first {
            $0.groupAddress == group.description && $0.sourceAddress == source.description
        }
    }

    private func incoming(
        _ experiment: Experiment, _ source: IPv6Address, becomes name: String, within patience: Duration = .seconds(2)
    ) throws -> Bool {
        try experiment.router.wait(patience) {
            try route(experiment, source)?.incomingInterface
        } until: {
            $0 == name
        } == name
    }

    @Test("packets in the router's own name, begun before its sender, do not stop the stream on any LAN")
    func ownAddress() throws {
        let experiment = try Experiment()
        let source = TwoLANs.routerAddress
        let watch = try LabProcess(
            [LabPrograms.path(of: "lcroute"), "--socket", experiment.router.control, "watch"],
            on: experiment.network.router)
        try #require(watch.waitForLine(within: .seconds(3)) { $0.contains("snapshot") } != nil)
        let listeners = try [experiment.network.h2, experiment.network.h3].map { try LabListener.joined(group, on: $0) }
        let attack = try forged(from: source, on: experiment.network.h1, experiment)
        #expect(try route(experiment, source)?.incomingInterface == "lcsrc1")
        let stream = try LabStream(
            from: source, on: experiment.network.router, interface: "lcsrc0", to: group, rate: 200)
        pause(.milliseconds(1500))
        for lan in [experiment.lan0, experiment.lan1] {
            let sent = stream.sent
            let arrived = lan.record.flow(to: group, from: source)?.count ?? 0
            #expect(sent > 100 && arrived + 20 > sent && arrived <= stream.sent, "all of it, and nothing forged")
        }
        #expect(listeners[1].record.missing == 0)
        let counted = try #require(try route(experiment, source))
        #expect(counted.wrongInterface > 0 && counted.arrivedPackets <= UInt64(stream.sent))
        let interface = try #require(try experiment.router.interfaces().first { $0.interface == "lan0" })
        #expect(interface.sourceCheck == .strict && interface.sourcesRefused > 0)
        let event = "source-refused lan0 (\(source), \(group)) expected lcsrc1"
        #expect(watch.waitForLine(within: .seconds(2)) { $0.hasSuffix(event) } != nil, "\(watch.text())")
        pause(.seconds(3))  // the kernel tells again
        let warnings = experiment.router.process.lines(.errors).filter { $0.contains("(source-check)") }
        #expect(warnings.count == 1, "once a minute")
        #expect(warnings.first?.contains("lcsrc1") == true && warnings.first?.contains("lan0") == true)
        #expect(watch.lines().filter { $0.contains("source-refused") }.count == 1)
        withExtendedLifetime(attack) {}
    }

    @Test("packets in the name of a source on the upstream's link do not either", arguments: ["strict", "own"])
    func upstreamSource(check: String) throws {
        let experiment = try Experiment(settings: "source-check: \(check)")
        let listener = try LabListener.joined(group, on: experiment.network.h3)
        let attack = try forged(from: TwoLANs.firstSource, on: experiment.network.h1, experiment)
        let stream = try experiment.stream(to: group, rate: 200)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        let arrived = experiment.lan1.record.flow(to: group)?.count ?? 0
        #expect(arrived + 20 > stream.sent && listener.record.missing == 0)
        #expect(try route(experiment, TwoLANs.firstSource)?.incomingInterface == "wan0")
        withExtendedLifetime(attack) {}
    }

    @Test(
        "a source behind a router may come from anywhere with own, one of the router's with off",
        arguments: [true, false])
    func lessStrict(own: Bool) throws {
        let experiment = try Experiment(settings: "source-check: \(own ? "own" : "off")")
        let source = own ? try #require(IPv6Address("2001:db8:aa::1")) : TwoLANs.routerAddress
        try experiment.network.router.ip(["route add 2001:db8:aa::/48 via \(TwoLANs.firstSource)"])
        let listener = try LabListener.joined(group, on: experiment.network.h3)
        let stream = try forged(from: source, on: experiment.network.h1, experiment)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        #expect(try route(experiment, source)?.incomingInterface == "lan0")
        #expect(try experiment.router.interfaces().allSatisfy { $0.sourcesRefused == 0 })
        withExtendedLifetime(stream) {}
    }

    @Test("a source without a route works, and a route that appears, changes and vanishes is followed")
    func routesFollowed() throws {
        let experiment = try Experiment()
        let router = experiment.network.router
        let source = try #require(IPv6Address("2001:db8:99::1"))
        let listener = try LabListener.joined(group, on: experiment.network.h3)
        var forged: LabStream? = try forged(from: source, on: experiment.network.h1, experiment)
        #expect(listener.waitForData(within: .seconds(2)) != nil, "routing does not know it: seen first on lan0")
        try experiment.network.source?.ip(["address add \(source)/128 dev eth0 nodad"])
        let stream = try experiment.stream(to: group, from: source, rate: 200)
        pause(.milliseconds(300))
        #expect(try route(experiment, source)?.incomingInterface == "lan0")
        try router.ip(["route add 2001:db8:99::/48 via \(TwoLANs.firstSource)"])
        #expect(try incoming(experiment, source, becomes: "wan0"))
        listener.reset()
        pause(.milliseconds(300))
        #expect(listener.record.count > 30 && listener.record.missing == 0, "the stream, as soon as there is a route")
        try router.ip(["route replace 2001:db8:99::/48 via 2001:db8:1::11"])
        #expect(try incoming(experiment, source, becomes: "lan0"))
        try router.ip(["route del 2001:db8:99::/48"])
        pause(.milliseconds(300))
        #expect(try route(experiment, source)?.incomingInterface == "lan0", "packets come in there")
        forged = nil
        #expect(try incoming(experiment, source, becomes: "wan0", within: .seconds(8)), "packets decide again")
        withExtendedLifetime((forged, stream)) {}
    }

    @Test("an address that becomes the router's own is from then on no source of a LAN")
    func addressAdded() throws {
        let experiment = try Experiment()
        let source = try #require(IPv6Address("2001:db8:99::1"))
        let stream = try forged(from: source, on: experiment.network.h1, experiment)
        #expect(try route(experiment, source)?.incomingInterface == "lan0")
        try experiment.network.router.ip(["address add \(source)/128 dev lo"])
        #expect(try incoming(experiment, source, becomes: "lcsrc1"))
        try experiment.network.router.ip(["address del \(source)/128 dev lo"])
        #expect(try incoming(experiment, source, becomes: "lan0", within: .seconds(8)))
        withExtendedLifetime(stream) {}
    }

    @Test("a source reached over an interface that is not served comes from where it is seen")
    func notServed() throws {
        let experiment = try Experiment()
        let router = experiment.network.router
        try router.ip([
            "link add mgmt0 type veth peer name mgmt1", "link set mgmt0 up", "link set mgmt1 up",
            "address add 2001:db8:50::1/64 dev mgmt0 nodad",
        ])
        let source = try #require(IPv6Address("2001:db8:50::9"))
        let listener = try LabListener.joined(group, on: experiment.network.h3)
        let stream = try forged(from: source, on: experiment.network.h1, experiment)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        withExtendedLifetime(stream) {}
    }

    @Test(
        "where unicast takes another way than the stream, it is refused with a reason, and off on its interface cures it"
    )
    func asymmetric() throws {
        let experiment = try Experiment()
        let router = experiment.network.router
        let source = TwoLANs.firstSource
        try router.ip(["route add \(source)/128 via 2001:db8:2::13"])  // by lan1
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        let stream = try experiment.stream(to: group, rate: 200)
        let refused = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces().first { $0.interface == "wan0" }?.sourcesRefused ?? 0
        } until: {
            $0 > 0
        }
        #expect(refused > 0 && listener.record.count == 0)
        let warning = experiment.router.process.lines(.errors).first { $0.contains("(source-check)") }
        #expect(warning?.contains("wan0") == true && warning?.contains("lan1") == true, "\(warning ?? "none")")
        experiment.router.process.terminate()
        try experiment.directory.write(
            "interfaces:\n  lan0: {role: downstream, mld: {\(Experiment.fastRounds)}}\n  wan0: {role: upstream, source-check: off}\n",
            to: "lcroute.yaml")
        let again = try Experiment.startRouter(on: experiment.network, experiment.directory)
        #expect(listener.waitForData(within: .seconds(12)) != nil)
        withExtendedLifetime((stream, again)) {}
    }

    @Test("a local program that sends on a LAN directly is heard there once, and what comes back is not forwarded")
    func direct() throws {
        let experiment = try Experiment()
        let router = experiment.network.router
        let listeners = try [experiment.network.h1, experiment.network.h3].map { try LabListener.joined(group, on: $0) }
        _ = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: group)
        } until: {
            $0.count == 2
        }
        let stream = try LabStream(
            from: TwoLANs.routerAddress, on: router, interface: "lan0", to: group, rate: 200, loop: true)
        #expect(listeners[0].waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        #expect(listeners[0].record.missing == 0 && listeners[0].record.bySource.values.allSatisfy { $0.repeated == 0 })
        #expect(listeners[1].record.count == 0)
        withExtendedLifetime(stream) {}
    }
}
