import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import NetworkLab
import RouterControl
import Testing
import Timing
import Varlink

/// What clients, commands, hosts and the machine itself can do to the agent.
@Suite("The agent withstands", .serialized, .needsNamespaces)
struct AgentRobustnessTests {
    private let group = Experiment.asm

    @Test("a stream called without `more` leaves nothing behind")
    func streamWithoutMore() throws {
        let experiment = try Experiment()
        let connection = try VarlinkConnection(path: experiment.router.control)
        for _ in 0..<3 {
            #expect(throws: VarlinkError.self) {
                try connection.call(
                    RouterMethod.watchChannel.qualifiedName, ChannelSelection(groupAddress: group.description))
            }
            #expect(throws: VarlinkError.self) {
                try connection.call(RouterMethod.monitor.qualifiedName, NoParameters())
            }
        }
        #expect(try experiment.router.channels().isEmpty, "nobody watches it")
    }

    @Test("what a command has started ends with it", arguments: [false, true])
    func commandWithChildren(endsByItself: Bool) throws {
        let notes = try LabDirectory()
        let program = try notes.write(
            """
            #!/bin/sh
            sleep 1000 &
            echo $! >> \(notes.file("children"))
            \(endsByItself ? "exit 1" : "wait")

            """, to: "program")
        chmod(program, 0o755)
        let experiment = try Experiment(
            channels: "channels:\n  c: {group: \(group), hold-time: 0, command: [\(program)]}")
        let children = {
            String(decoding: (try? LabDirectory.read(notes.file("children"))) ?? [], as: UTF8.self)
                .split(separator: "\n").compactMap { pid_t($0) }
        }
        experiment.finishQueryRound()
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        let started = try experiment.router.wait(.seconds(5), for: children) { $0.count >= (endsByItself ? 3 : 1) }
        try #require(started.count >= (endsByItself ? 3 : 1))
        if !endsByItself { listener.leave() }
        let first = try #require(started.first)
        let ended = try experiment.router.wait(.seconds(5)) {
            kill(first, 0) != 0
        } until: {
            $0
        }
        #expect(ended)
        listener.leave()
        experiment.router.process.terminate()
        let left = try experiment.router.wait(.seconds(5)) {
            children().filter { kill($0, 0) == 0 }
        } until: {
            $0.isEmpty
        }
        #expect(left == [])
    }

    @Test("a log that nobody reads does not stop the router")
    func logNotRead() throws {
        let directory = try LabDirectory()
        let laboratory = Laboratory()
        let machine = try laboratory.machine("router", forwarding: true)
        try machine.ip(["link add lan0 type veth peer name far0", "link set far0 up", "link set lan0 up"])
        let pipe = directory.file("log")
        try check("mkfifo", mkfifo(pipe, 0o600))
        let reader = try Descriptor("open \(pipe)", open(pipe, O_RDWR | O_CLOEXEC))  // never read
        let control = directory.file("control")
        let program = try LabPrograms.path(of: "lcrouted")
        let agent = try LabProcess(
            ["sh", "-c", "exec \(program) --control \(control) lan0 2> \(pipe)"], on: machine)
        let deadline = Instant.now + .seconds(10)
        while (try? VarlinkConnection(path: control)) == nil && Instant.now < deadline { pause(.milliseconds(20)) }
        // Each makes a line of some 100 octets, which only who may send it signals can make it do; the pipe holds 64 KiB.
        for _ in 0..<1000 {
            agent.send(signal: SIGHUP)
            _ = try VarlinkConnection(path: control).call(RouterMethod.getStatus.qualifiedName, NoParameters())
        }
        let reply = try VarlinkConnection(path: control).call(
            RouterMethod.getStatus.qualifiedName, NoParameters(), timeout: 5)
        #expect(try reply.decode(RouterStatus.self).forwarding)
        #expect(agent.terminate() == .code(0))
        withExtendedLifetime(reader) {}
    }

    @Test("the end of a command is seen although whoever started the agent ignores the ends of children")
    func ignoredChildren() throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        let control = directory.file("control")
        let configuration = try directory.write(
            """
            interfaces:
              lan0: {role: downstream, mld: {\(Experiment.fastRounds)}}
            channels:
              c: {group: \(group), command: [/bin/false]}

            """, to: "lcroute.yaml")
        let program = try LabPrograms.path(of: "lcrouted")
        let agent = try LabProcess(
            ["env", "--ignore-signal=CHLD", program, "--control", control, "--config", configuration],
            on: network.router)
        defer { agent.terminate() }
        let channel = {
            try? VarlinkConnection(path: control).call(RouterMethod.listChannels.qualifiedName, NoParameters())
                .decode(ChannelsReply.self).channels.first
        }
        let deadline = Instant.now + .seconds(10)
        while channel() == nil && Instant.now < deadline { pause(.milliseconds(20)) }
        let listener = try LabListener.joined(group, on: network.h1)
        while channel()?.state != .failed && Instant.now < deadline { pause(.milliseconds(20)) }
        #expect(channel()?.lastError?.contains("code 1") == true)
        withExtendedLifetime(listener) {}
    }

    @Test("an agent that wakes up late hears the reports that wait before it ends anything")
    func lateWakeUp() throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), immediate-leave: false")
        let hosts = try CraftedFrames.from(experiment.network.h1)
        let listening = { try experiment.router.interfaces(listeningTo: group) == ["lan0"] }
        experiment.finishQueryRound()
        try hosts.send([ReportFrame(.toExclude, group, fromHost: 1)])
        try #require(try experiment.router.wait(.seconds(2), for: listening) { $0 })
        try hosts.send([ReportFrame(.toInclude, group, fromHost: 1)])
        pause(.milliseconds(100))
        experiment.router.process.send(signal: SIGSTOP)
        // More than is read in one go, and last the answer of a second listener to the query.
        let crowd = (0..<3000).map { ReportFrame(.isExclude, Experiment.ssm, fromHost: 1000 + $0) }
        try hosts.send(crowd)
        try hosts.send([ReportFrame(.isExclude, group, fromHost: 2)])
        pause(.milliseconds(2500))
        experiment.router.process.send(signal: SIGCONT)
        pause(.milliseconds(300))
        #expect(try listening())
        let status = try experiment.router.groups().first { $0.groupAddress == group.description }
        #expect((status?.upTime ?? 0) > 2.5, "it was never given up meanwhile")
    }
}
