import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// A sender beside the router that listeners switch on and off.
@Suite("Co-located senders", .serialized, .needsNamespaces)
struct SenderTests {
    private static let group = Experiment.ssm
    private static let port: UInt16 = 4242

    /// lcupdate waiting for listeners in the router's namespace.
    private func startSender(_ experiment: Experiment, file: String, rate: String = "20M") throws -> LabProcess {
        try LabProcess(
            [
                LabPrograms.path(of: "lcupdate"), "send", file, "--group", Self.group.description, "--port",
                "\(Self.port)",
                "--source", TwoLANs.routerAddress.description, "--rate", rate, "--trigger", "control", "--control",
                experiment.router.control, "--json",
            ], on: experiment.network.router)
    }

    private func join(_ host: LabNode) throws -> LabListener {
        try LabListener.joined(Self.group, .include([TwoLANs.routerAddress]), on: host, port: Self.port)
    }

    @Test("C87 C88 a join starts the sender, which sends once for both LANs, and the last leave stops it")
    func trigger() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let file = try LabUpdate(LabDirectory.randomOctets(1 << 20), in: experiment.directory).file
        let sender = try startSender(experiment, file: file)
        let channel = try experiment.router.wait(.seconds(3)) {
            try experiment.router.channel(Self.group)
        } until: {
            $0?.watchers == 1
        }
        #expect(channel?.watchers == 1 && channel?.state == .idle)
        let link = try LabSniffer(on: experiment.network.router, interface: "lcsrc1")
        pause(.milliseconds(500))
        #expect(link.record.frames == 0, "nobody listens, nothing is sent")

        let first = try join(experiment.network.h1)
        #expect(first.waitForData(within: .seconds(2)) != nil)
        let second = try join(experiment.network.h3)
        #expect(second.waitForData(within: .seconds(2)) != nil)
        let sending = try #require(try experiment.router.channel(Self.group))
        #expect(sending.state == .sending && sending.interfaces.sorted() == ["lan0", "lan1"] && sending.starts == 1)
        for sniffer in [link, experiment.lan0, experiment.lan1] { sniffer.reset() }
        pause(.milliseconds(600))
        let sent = link.record.octets
        #expect(sent > 500_000, "20 Mbit/s")
        for lan in [experiment.lan0, experiment.lan1] {
            #expect(abs(lan.record.octets - sent) < sent / 10, "each LAN carries what was sent once")
        }
        first.leave()
        second.leave()
        let last = try #require(link.waitForSilence(on: Self.group, of: .seconds(1), within: .seconds(8)))
        #expect(Instant.now - last < .seconds(3))
        let idle = try experiment.router.wait(.seconds(2)) {
            try experiment.router.channel(Self.group)
        } until: {
            $0?.state == .idle
        }
        #expect(idle?.state == .idle)
        #expect(sender.exit == nil, "it waits for the next listener")
        #expect(sender.terminate() == .code(0))
    }

    @Test("receivers on both LANs that join at different times get the file whole")
    func delivery() throws {
        let experiment = try Experiment()
        let update = try LabDirectory.randomOctets(3_000_000)
        let signed = try LabUpdate(update, in: experiment.directory)
        let sender = try startSender(experiment, file: signed.file)
        var receivers: [(LabProcess, String)] = []
        for host in [experiment.network.h1, experiment.network.h2, experiment.network.h3] {
            let output = experiment.directory.file("received-\(host.name)")
            let receiver = try LabProcess(
                [
                    LabPrograms.path(of: "lcupdate"), "receive", "--group", Self.group.description, "--port",
                    "\(Self.port)",
                    "--source", TwoLANs.routerAddress.description, "--interface", "eth0", "--output", output,
                    "--key", signed.publicKey, "--state", "\(output).state", "--timeout", "30",
                ], on: host)
            receivers.append((receiver, output))
            pause(.milliseconds(400))
        }
        for (receiver, output) in receivers {
            #expect(receiver.wait(.seconds(30)) == .code(0), "\(receiver.text(.errors))")
            #expect(try LabDirectory.read(output) == update)
        }
        #expect(sender.exit == nil, "\(sender.text(.errors))")
    }

    @Test(
        "the sender stops within the channel's hold time when the agent dies, and is there for the next one's first report"
    )
    func agentDies() throws {
        let experiment = try Experiment(
            channels: "channels:\n  c: {group: \(Self.group), source: \(TwoLANs.routerAddress), hold-time: 0.5}")
        let file = try LabUpdate(LabDirectory.randomOctets(1 << 20), in: experiment.directory).file
        let sender = try startSender(experiment, file: file)
        let listener = try join(experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(5)) != nil)
        let link = try LabSniffer(on: experiment.network.router, interface: "lcsrc1")
        try #require(link.waitForData(to: Self.group, within: .seconds(2)) != nil)
        let killed = Instant.now
        experiment.router.process.send(signal: SIGKILL)
        let last = try #require(link.waitForSilence(on: Self.group, of: .seconds(1), within: .seconds(8)))
        #expect(last - killed < .milliseconds(1_500), "hold time 0.5 s")
        #expect(sender.exit == nil)
        listener.reset()
        let restarted = try Experiment.startRouter(on: experiment.network, experiment.directory)
        // It is heard at once, unlike the first host, which answers the query of the new agent when it likes.
        let second = try join(experiment.network.h3)
        #expect(second.waitForData(within: .seconds(1)) != nil, "0.3 s, and more where the machine is busy")
        #expect(listener.waitForData(within: .seconds(10)) != nil)
        #expect(try restarted.channel(Self.group)?.state == .sending)
        #expect(sender.exit == nil)
    }
}
