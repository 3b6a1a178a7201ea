import IPv6
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing

/// What is counted of a stream, against what was sent.
@Suite("Counters of routes", .serialized, .needsNamespaces)
struct RouteCounterTests {
    private let group = Experiment.asm

    private func route(_ experiment: Experiment) throws -> RouteStatus? {
        try experiment.router.routes().first { $0.groupAddress == group.description }
    }

    @Test("packets shown for a route are those that came in there, also where the sender's kernel gives them back")
    func packetsOfLoopingSender() throws {
        let experiment = try Experiment()
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        let stream = try LabStream(
            from: TwoLANs.routerAddress, on: experiment.network.router, interface: "lcsrc0", to: group, rate: 200,
            loop: true)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        let least = stream.sent
        let table = try LabProcess.run(
            [LabPrograms.path(of: "lcroute"), "--socket", experiment.router.control, "routes"],
            on: experiment.network.router
        ).output
        let most = stream.sent + 1
        let row = try #require(table.split(separator: "\n").first { $0.contains(group.description) })
        let cells = row.split(separator: " ").map(String.init)
        let packets = try #require(cells.count > 5 ? Int(cells[5]) : nil)
        #expect((least...most).contains(packets), "\(row)")
        let counted = try #require(try route(experiment))
        #expect(counted.packets > UInt64(most), "the kernel counts what came back, too")
    }

    @Test(
        "lcupdate on the sender's link gives the router nothing back, whoever has named the link",
        arguments: [true, false])
    func updateOnSenderLink(named: Bool) throws {
        let experiment = try Experiment()
        let file = try LabUpdate(LabDirectory.randomOctets(100_000), in: experiment.directory).file
        let listener = try LabListener.joined(group, on: experiment.network.h1, port: 4242)
        let sender = try LabProcess(
            [
                LabPrograms.path(of: "lcupdate"), "send", file, "--group", group.description, "--source",
                TwoLANs.routerAddress.description, "--rate", "5M",
            ]
                + (named
                    ? ["--interface", "lcsrc0", "--trigger", "always"]
                    : ["--trigger", "control", "--control", experiment.router.control]),
            on: experiment.network.router)
        #expect(listener.waitForData(within: .seconds(5)) != nil, "\(sender.text(.errors))")
        pause(.milliseconds(200))
        let counted = try #require(try route(experiment))
        #expect(counted.packets > 0 && counted.wrongInterface == 0)
    }
}
