import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing

/// Interfaces, addresses and sources that come, change and go under a running agent.
@Suite("Interfaces come and go", .serialized, .needsNamespaces)
struct InterfaceLifeTests {
    private let group = Experiment.asm

    @Test(
        "a source that moves to another LAN is followed, with its route or where routes do not matter",
        arguments: [true, false])
    func movedSource(hasRoute: Bool) throws {
        let experiment = try Experiment(settings: hasRoute ? "" : "source-check: off")
        let listener = try LabListener.joined(group, on: experiment.network.h3)
        do {
            let first = try experiment.stream(to: group, rate: 200)
            try #require(listener.waitForData(within: .seconds(3)) != nil)
            withExtendedLifetime(first) {}
        }  // the source is silent here
        let moved = experiment.network.h1
        try moved.ip(["address add \(TwoLANs.firstSource)/128 dev eth0 nodad"])
        if hasRoute { try experiment.network.router.ip(["route add \(TwoLANs.firstSource)/128 dev lan0"]) }
        let stream = try LabStream(from: TwoLANs.firstSource, on: moved, to: group, rate: 200)
        pause(.milliseconds(50))
        listener.reset()
        #expect(listener.waitForData(within: .seconds(6)) != nil)
        let route = try experiment.router.routes().first { $0.groupAddress == group.description }
        #expect(route?.incomingInterface == "lan0")
        withExtendedLifetime(stream) {}
    }

    @Test("with --all interfaces that come and go use up nothing, and one that found no room gets it when another goes")
    func hotPlug() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        let others = try laboratory.machine("others")
        func plug(_ names: [String]) throws {
            for name in names { try laboratory.connect(machine, name, with: others, name) }
        }
        let router = try LabRouter(on: machine, ["--all"], control: directory.file("control"))
        let up = { try Set(router.interfaces().filter { $0.operStatus == .up }.map(\.interface)) }
        for number in 0..<40 {
            try plug(["hot\(number)"])
            let served = try router.wait(.seconds(5), for: up) { $0.contains("hot\(number)") }
            try #require(served.contains("hot\(number)"))
            try machine.ip(["link delete hot\(number)"])
        }
        let left = try router.wait(.seconds(5)) {
            try router.interfaces()
        } until: {
            $0.count == 1
        }
        #expect(left.map(\.interface) == ["lcsrc1"])
        try plug((0..<33).map { "many\($0)" })
        let full = try router.wait(.seconds(5), for: up) { $0.count == 32 }
        #expect(full.count == 32, "31 and the sender's link")
        try machine.ip((0..<20).map { "link delete many\($0)" })
        let rest = try router.wait(.seconds(5), for: up) { $0.count == 14 }
        #expect(rest == Set((20..<33).map { "many\($0)" } + ["lcsrc1"]))
    }

    @Test("a sender's link that somebody deletes is made again, and carries a stream to the listeners")
    func senderLinkDeleted() throws {
        let experiment = try Experiment()
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        let machine = experiment.network.router
        let before = try machine.index(of: "lcsrc1")
        try machine.ip(["link delete lcsrc0"])
        let again = try experiment.router.wait(.seconds(5)) {
            try experiment.router.interfaces().first { $0.interface == "lcsrc1" }
        } until: {
            $0?.operStatus == .up && $0?.index != Int(before)
        }
        try #require(again?.operStatus == .up)
        let stream = try LabStream(
            from: TwoLANs.routerAddress, on: machine, interface: "lcsrc0", to: group, rate: 200)
        #expect(listener.waitForData(within: .seconds(3)) != nil)
        withExtendedLifetime(stream) {}
    }

    @Test("an interface replaced by one with the same name and index between two looks is served again")
    func replacedAtOnce() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        let host = try laboratory.machine("host")
        let source = try laboratory.machine("source")
        try laboratory.connect(machine, "lan0", with: host, "eth0")
        try laboratory.connect(
            machine, "wan0", addresses: ["2001:db8:f::1/64"], with: source, "eth0",
            addresses: ["\(TwoLANs.firstSource)/64"])
        let router = try LabRouter(
            on: machine, ["lan0", "--upstream", "wan0"], control: directory.file("control"))
        _ = try serving("lan0", router)
        let index = try machine.index(of: "lan0")
        let namespace = "/proc/\(getpid())/fd/\(host.namespaceDescriptor)"
        router.process.send(signal: SIGSTOP)
        try machine.ip([
            "link delete lan0", "link add lan0 index \(index) type veth peer name eth0 netns \(namespace)",
            "link set lan0 up",
        ])
        try host.ip(["link set eth0 up"])
        pause(.milliseconds(300))
        router.process.send(signal: SIGCONT)
        pause(.milliseconds(300))
        try #require(try serving("lan0", router))
        let stream = try LabStream(from: TwoLANs.firstSource, on: source, to: group, rate: 200)
        let listener = try LabListener.joined(group, on: host)
        #expect(listener.waitForData(within: .seconds(3)) != nil)
        withExtendedLifetime(stream) {}
    }

    @Test("an interface whose IPv6 was off for a while is heard again")
    func addressLostAndRegained() throws {
        let experiment = try Experiment()
        let machine = experiment.network.router
        let stream = try experiment.stream(to: group, rate: 200)
        // Too small for IPv6: the kernel takes its addresses and memberships.
        try machine.ip(["link set lan0 mtu 1000"])
        let lost = try experiment.router.wait(.seconds(5)) {
            try experiment.router.interfaces().first { $0.interface == "lan0" }
        } until: {
            $0?.address == nil
        }
        try #require(lost != nil && lost?.address == nil)
        try machine.ip(["link set lan0 mtu 1500"])
        try #require(try serving("lan0", experiment.router))
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        #expect(listener.waitForData(within: .seconds(3)) != nil)
        withExtendedLifetime(stream) {}
    }

    @Test("a link that goes down and comes up again is served as before")
    func flap() throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: group, rate: 200)
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(3)) != nil)
        try experiment.network.router.ip(["link set lan0 down"])
        pause(.milliseconds(200))
        #expect(try experiment.router.routes().first?.outgoingInterfaces == [])
        try experiment.network.router.ip(["link set lan0 up"])
        try #require(try serving("lan0", experiment.router))
        listener.reset()
        #expect(listener.waitForData(within: .seconds(4)) != nil, "hosts answer the startup query within a second")
        withExtendedLifetime(stream) {}
    }

    /// Whether the agent is querier of an interface within five seconds.
    private func serving(_ name: String, _ router: LabRouter) throws -> Bool {
        try router.wait(.seconds(5)) {
            try router.interfaces().first { $0.interface == name }
        } until: {
            $0?.operStatus == .up && $0?.address != nil && $0?.querier.isSelf == true
        }.map { $0.operStatus == .up && $0.address != nil && $0.querier.isSelf } ?? false
    }
}
