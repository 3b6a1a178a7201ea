import Glibc
import IPv6
import LinuxSystem
import MLD
import NetworkLab
import RouterControl
import Testing
import Timing

@testable import Varlink

/// What clients of the control socket can do to the agent.
@Suite("Control clients", .serialized, .needsNamespaces)
struct ControlClientTests {
    private static let monitor = #"{"method":"io.lcroute.Router.Monitor","more":true}"#

    @Test(
        "a subscriber that falls behind while its snapshot is written is ended once, and its next call is not begun inside of that",
        arguments: [
            #"{"method":"io.lcroute.Router.ClearGroups","parameters":{"all":true}}"#,
            #"{"method":"io.lcroute.Router.WatchChannel","parameters":{"group_address":"ff1e::1234"},"more":true}"#,
        ])
    func subscriberTooSlow(next: String) throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let hosts = try CraftedFrames.from(experiment.network.h1)
        let count = 6000
        try join(count, hosts)
        let known = try experiment.router.wait(.seconds(20), for: { try experiment.router.status().groupsCount }) {
            $0 >= count
        }
        try #require(known >= count)
        let slow = try PipeliningClient(experiment.router.control)
        let other = try VarlinkConnection(path: experiment.router.control)
        slow.send([Self.monitor, next])
        // More events than may wait, while the snapshot is being written.
        _ = try other.call(RouterMethod.clearGroups.qualifiedName, ClearSelection(all: true))
        #expect(slow.receive() == #"{"error":"io.lcroute.Router.SubscriberTooSlow","parameters":{}}"#)
        #expect(slow.receive() == nil)
        // Nobody is subscribed any more: further events are nobody's, and nothing is logged of them.
        try hosts.send([ReportFrame(.toExclude, Experiment.asm, fromHost: 7)])
        let listening = { try experiment.router.interfaces(listeningTo: Experiment.asm) }
        #expect(try experiment.router.wait(.seconds(5), for: listening) { $0 == ["lan0"] } == ["lan0"])
        #expect(experiment.router.process.terminate() == .code(0))
        let lines = experiment.router.process.lines(.errors).filter { $0.contains("a control client") }
        #expect(lines.count == 1, "\(lines)")
        #expect(
            lines.first?.contains("was disconnected: it does not read the replies of io.lcroute.Router.Monitor") == true
        )
    }

    @Test("what waits for many subscribers is held once, however many they are")
    func manySubscribers() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let count = 6000
        try join(count, try CraftedFrames.from(experiment.network.h1))
        let known = try experiment.router.wait(.seconds(20), for: { try experiment.router.status().groupsCount }) {
            $0 >= count
        }
        try #require(known >= count)
        let before = try #require(ProcessUsage(of: experiment.router.process.pid))
        let subscribers = try (0..<40).map { _ in try PipeliningClient(experiment.router.control) }
        for subscriber in subscribers { subscriber.send([Self.monitor]) }
        let other = try VarlinkConnection(path: experiment.router.control)
        _ = try other.call(RouterMethod.clearGroups.qualifiedName, ClearSelection(all: true))
        #expect(subscribers[39].receive() == #"{"error":"io.lcroute.Router.SubscriberTooSlow","parameters":{}}"#)
        let after = try #require(ProcessUsage(of: experiment.router.process.pid))
        #expect(after.peakResidentSize - before.peakResidentSize < 200 << 20)
    }

    /// Groups with ten sources each: as many events when they go.
    private func join(_ count: Int, _ hosts: CraftedFrames) throws {
        let sources = (0..<10).map { IPv6Address(high: 0x2001_0db8_0000_0000, low: $0 + 1) }
        for first in stride(from: 0, to: count, by: 500) {
            var frames: [ReportFrame] = []
            for number in first..<first + 500 {
                let group = IPv6Address(high: Experiment.asm.high, low: UInt64(0x10_0000 + number))
                frames.append(ReportFrame(.allow, group, sources, fromHost: number % 50 + 1))
            }
            try hosts.send(frames)
            pause(.milliseconds(50))
        }
    }

    private static let becomeNobody = """
        import os, socket, sys, time
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)

        """
    private static let isUserSwitchable = (try? LabProcess.run(["python3", "-c", becomeNobody]))?.exit == .code(0)

    @Test(
        "idle connections of others do not lock root out, and who is refused is told",
        .enabled(if: isUserSwitchable, "needs to run as another user"))
    func connections() throws {
        let experiment = try Experiment(channels: "control: {mode: 0666}")
        chmod(experiment.directory.path, 0o755)
        let connecting = """
            clients = []
            for _ in range(300):
                client = socket.socket(socket.AF_UNIX)
                client.connect(sys.argv[1])
                clients.append(client)
            print(clients[-1].recv(1000), flush=True)
            time.sleep(60)
            """
        let others = try LabProcess(
            ["python3", "-c", Self.becomeNobody + connecting, experiment.router.control])
        let told = others.waitForLine(within: .seconds(20)) { $0.contains("io.lcroute.Router.TooManyConnections") }
        #expect(told != nil, "\(others.text(.errors))")
        #expect(try experiment.router.status().forwarding)
        let lines = experiment.router.process.lines(.errors).filter { $0.contains("a control client was refused") }
        #expect((1...10).contains(lines.count), "\(lines)")
    }

    @Test("clearing all groups has to be asked for, and a misspelt parameter is told")
    func clearAll() throws {
        let experiment = try Experiment()
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        let listening = { try experiment.router.interfaces(listeningTo: Experiment.asm) }
        try #require(try experiment.router.wait(.seconds(5), for: listening) { $0 == ["lan0"] } == ["lan0"])
        let client = try PipeliningClient(experiment.router.control)
        client.send([#"{"method":"io.lcroute.Router.ClearGroups"}"#])
        #expect(
            client.receive() == #"{"error":"org.varlink.service.InvalidParameter","parameters":{"parameter":"all"}}"#)
        client.send([#"{"method":"io.lcroute.Router.ListRoutes","parameters":{"group_adress":"ff3e::1"}}"#])
        #expect(client.receive()?.contains("org.varlink.service.InvalidParameter") == true)
        #expect(try listening() == ["lan0"])
        let lcroute = try LabPrograms.path(of: "lcroute")
        let cleared = try LabProcess.run([lcroute, "-s", experiment.router.control, "clear", "groups"])
        #expect(cleared.exit == .code(0))
        #expect(try experiment.router.status().groupsCount == 0)
        withExtendedLifetime(listener) {}
    }

    @Test("clients and hosts that repeat themselves do not fill the log")
    func log() throws {
        let experiment = try Experiment(channels: "channels:\n  c: {group: \(Experiment.asm), hold-time: 0}")
        experiment.finishQueryRound()
        let before = experiment.router.process.lines(.errors).count
        for _ in 0..<3000 {
            let client = try PipeliningClient(experiment.router.control)
            client.send(["x"])
        }
        for number in 0..<300 {
            try VarlinkConnection(path: experiment.router.control).stream(
                RouterMethod.watchChannel.qualifiedName, ChannelSelection(groupAddress: "ff1e::\(number % 3)")
            ) { _ in false }
        }
        let hosts = try CraftedFrames.from(experiment.network.h1)
        for _ in 0..<100 {
            for kind in [MLDRecordKind.toExclude, .toInclude] {
                try hosts.send([ReportFrame(kind, Experiment.asm, fromHost: 1)])
                pause(.milliseconds(2))
            }
        }
        let starts = { try experiment.router.channels().first { $0.name == "c" }?.starts ?? 0 }
        #expect(try experiment.router.wait(.seconds(5), for: starts) { $0 >= 20 } >= 20)
        let lines = experiment.router.process.lines(.errors).dropFirst(before)
        #expect(lines.contains { $0.contains("a control client was disconnected: it sent what is not a Varlink call") })
        #expect(lines.contains { $0.contains("channel started") })
        #expect(lines.count <= 30, "\(lines.joined(separator: "\n"))")
    }
}

/// A client that sends calls without waiting.
private final class PipeliningClient {
    private let descriptor: Descriptor
    private var incoming = MessageFramer(limit: 1 << 30)
    private var scratch = [UInt8](repeating: 0, count: 65536)

    init(_ path: String) throws {
        descriptor = try connectedSocket(path, flags: 0)
        var time = timeval(tv_sec: 20, tv_usec: 0)  // a hung test fails instead of blocking
        setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ messages: [String]) {
        var octets: [UInt8] = []
        for message in messages { octets += Array(message.utf8) + [0] }
        _ = octets.withUnsafeBytes { Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// The next message; nil at the end of the connection.
    func receive() -> String? {
        while true {
            if let message = try? incoming.next() { return String(decoding: message, as: UTF8.self) }
            guard case .octets? = try? incoming.receive(from: descriptor.number, scratch: &scratch) else { return nil }
        }
    }
}
