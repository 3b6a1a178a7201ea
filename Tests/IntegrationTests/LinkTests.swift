import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// Ways of hearing a link, hosts of the old version on it, and other routers.
@Suite("Links", .serialized, .needsNamespaces)
struct LinkTests {
    /// An agent on a router of `network` with the settings of both LANs in `mld`.
    private func start(
        on router: LabNode, _ directory: LabDirectory, _ name: String, mld: String = Experiment.fastRounds,
        arguments: [String] = []
    ) throws -> LabRouter {
        try directory.write(
            """
            interfaces:
              lan0: {role: downstream, mld: {\(mld)}}
              lan1: {role: downstream, mld: {\(mld)}}

            """, to: "\(name).yaml")
        return try LabRouter(
            on: router, ["--config", directory.file("\(name).yaml")] + arguments, control: directory.file(name))
    }

    @Test("through libpcap a join into a running stream is served, and the last leave ends it")
    func capture() throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        let router = try start(on: network.router, directory, "router", arguments: ["--capture", "pcap"])
        #expect(try router.status().capture == .pcap)
        let stream = try LabStream(
            from: IPv6Address(high: 0x2001_0db8_0001_0000, low: 0x11), on: network.h1, to: Experiment.asm, rate: 1000)
        pause(.milliseconds(1300))
        let listener = try LabListener.joined(Experiment.asm, on: network.h3)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        listener.leave()
        #expect(listener.waitForSilence(of: .milliseconds(300), within: .seconds(3)) != nil)
        let groups = try router.wait(.seconds(2)) {
            try router.interfaces(listeningTo: Experiment.asm)
        } until: {
            $0.isEmpty
        }
        #expect(groups.isEmpty)
        withExtendedLifetime(stream) {}
    }

    @Test("C67 C68 a host of version 1 is served, and its Done ends the stream after it was asked for others")
    func oldHost() throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        try network.h3.set("force_mld_version", to: 1, for: "eth0")
        let lan1 = try LabSniffer(network.lan1, portOf: network.router)
        let router = try start(on: network.router, directory, "router")
        let stream = try LabStream(
            from: IPv6Address(high: 0x2001_0db8_0001_0000, low: 0x11), on: network.h1, to: Experiment.asm, rate: 1000)
        pause(.milliseconds(1300))
        let listener = try LabListener.joined(Experiment.asm, on: network.h3)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        let group = try router.groups().first { $0.groupAddress == Experiment.asm.description }
        #expect(group?.compatibility == .mldv1)
        listener.leave()
        let left = Instant.now
        let last = try #require(
            lan1.waitForSilence(on: Experiment.asm, of: .milliseconds(500), within: .seconds(6)))
        #expect(last - left > .milliseconds(1500), "in version 1 mode others may have kept quiet: they are asked")
        withExtendedLifetime(stream) {}
    }

    @Test("C26 C45 of two agents on the same LANs only the querier forwards, and the other takes over when it dies")
    func twoRouters() throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        let second = try network.laboratory.machine("second", forwarding: true)
        try network.laboratory.connect(second, "lan0", to: network.lan0, addresses: ["2001:db8:1::2/64"])
        try network.laboratory.connect(second, "lan1", to: network.lan1, addresses: ["2001:db8:2::2/64"])
        // The other querier is believed to be there for 2·1 s + 0.5 s / 2 after its last query.
        let mld = "query-interval: 1, query-max-response-time: 0.5"
        let routers = [
            try start(on: network.router, directory, "first", mld: mld),
            try start(on: second, directory, "second", mld: mld),
        ]
        let elected = try routers[0].wait(.seconds(5)) {
            try routers.map { try $0.interfaces().filter { $0.role == .downstream && $0.querier.isSelf }.count }
        } until: {
            $0.sorted() == [0, 2]
        }
        #expect(elected.sorted() == [0, 2], "one of the two is querier of both LANs: the one with the lower address")
        let reasons = try routers.map { try $0.interfaces().filter { $0.role == .downstream }.map(\.reason) }
        let waiting = "another router is the querier, and only it forwards onto the link"
        #expect(
            reasons[elected[0] == 2 ? 0 : 1] == [nil, nil] && reasons[elected[0] == 2 ? 1 : 0] == [waiting, waiting])
        let stream = try LabStream(
            from: IPv6Address(high: 0x2001_0db8_0001_0000, low: 0x11), on: network.h1, to: Experiment.asm, rate: 1000)
        let listener = try LabListener.joined(Experiment.asm, on: network.h3)
        #expect(listener.waitForData(within: .seconds(3)) != nil)
        pause(.milliseconds(500))
        let before = try #require(listener.record.bySource.values.first)
        #expect(before.repeated == 0, "no packet comes twice")
        #expect(before.missing == 0)

        routers[elected[0] == 2 ? 0 : 1].process.send(signal: SIGKILL)
        pause(.milliseconds(100))
        listener.reset()
        #expect(listener.waitForData(within: .seconds(6)) != nil, "the other router has taken over")
        pause(.milliseconds(500))
        let after = try #require(listener.record.bySource.values.first)
        #expect(after.repeated == 0 && after.missing == 0)
        withExtendedLifetime(stream) {}
    }

    @Test("--all serves what is there, and an interface that appears later")
    func all() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        try machine.ip(["link add lan0 type veth peer name far0", "link set far0 up", "link set lan0 up"])
        let router = try LabRouter(on: machine, ["--all"], control: directory.file("control"))
        func served() throws -> [String] {
            try router.interfaces().filter { $0.role == .downstream }.map(\.interface).sorted()
        }
        let first = try router.wait(.seconds(5), for: served) { $0 == ["far0", "lan0"] }
        #expect(first == ["far0", "lan0"])
        try machine.ip(["link add late0 type veth peer name late1", "link set late1 up", "link set late0 up"])
        let second = try router.wait(.seconds(5), for: served) { $0.count == 4 }
        #expect(second == ["far0", "lan0", "late0", "late1"], "and never the sender's own link")
    }
}
