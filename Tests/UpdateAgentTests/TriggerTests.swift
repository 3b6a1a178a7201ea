import EventLoop
import Glibc
import IPv6
import JSONText
import LinuxSystem
import RouterControl
import Synchronization
import TestFiles
import Testing
import Timing
import UpdateTransport
import Varlink

@testable import UpdateAgent

/// A router agent that knows one method, WatchChannel, and says what it is told to.
private final class WatchService: Sendable {
    private struct Wanted: Sendable {
        var state = ChannelStatus.State.idle
        var interface: String?
        var holdTime: Double?
        /// Answers an error instead.
        var refuses = false
        var version: UInt64 = 1
        var selections: [ChannelSelection] = []
    }

    private let loop: EpollLoop
    private let thread: Background
    private let shared: Shared

    private final class Shared: Sendable {
        let wanted = Mutex(Wanted())
    }

    init(
        path: String, state: ChannelStatus.State, interface: String?, holdTime: Double? = nil, refuses: Bool = false
    ) throws {
        let loop = try EpollLoop()
        let shared = Shared()
        shared.wanted.withLock {
            $0.state = state
            $0.interface = interface
            $0.holdTime = holdTime
            $0.refuses = refuses
        }
        self.loop = loop
        self.shared = shared
        thread = Background { try? Self.serve(path, on: loop, shared) }
        try eventually { access(path, F_OK) == 0 }
    }

    /// Goes away at once, as an agent that is killed.
    func stop() {
        loop.stop()
        thread.join()
    }

    deinit { stop() }

    func say(_ state: ChannelStatus.State) {
        shared.wanted.withLock {
            $0.state = state
            $0.version += 1
        }
    }

    var selections: [ChannelSelection] { shared.wanted.withLock { $0.selections } }

    private static func serve(_ path: String, on loop: EpollLoop, _ shared: Shared) throws {
        var calls: [VarlinkCall] = []
        var told: UInt64 = 0
        func reply(to call: VarlinkCall) {
            let wanted = shared.wanted.withLock { $0 }
            told = wanted.version
            let channel = ChannelStatus(
                name: "test", groupAddress: group.description, sourceAddress: nil, state: wanted.state,
                holdTime: wanted.holdTime, interfaces: [], listeners: 0, watchers: 1, starts: 0, lastStart: nil,
                lastStop: nil, lastTriggerLatency: nil, command: [], pid: nil, lastError: nil)
            call.reply(
                WatchedChannel(channel: channel, sequence: told, sendInterface: wanted.interface), continues: true)
        }
        let info = VarlinkServiceInfo(
            vendor: "test", product: "test", version: "1", url: "https://example.org",
            interfaces: [RouterInterface.name: "interface \(RouterInterface.name)\n"])
        let server = try VarlinkServer(path: path, mode: 0o600, group: nil, service: info, on: loop) { call in
            guard call.method == "io.lcroute.Router.WatchChannel", call.more,
                let selection = try? call.parameters(as: ChannelSelection.self)
            else { return call.fail(.methodNotFound(call.method)) }
            let refuses = shared.wanted.withLock {
                $0.selections.append(selection)
                return $0.refuses
            }
            if refuses { return call.fail(.methodNotFound(call.method)) }
            calls.append(call)
            reply(to: call)
        }
        var timer: LoopTimer?
        timer = try LoopTimer(on: loop) {
            timer?.fired()
            if told != shared.wanted.withLock({ $0.version }) { for call in calls { reply(to: call) } }
            timer?.arm(at: .now + .milliseconds(2))
        }
        timer?.arm(at: .now)
        try withExtendedLifetime(server) { try loop.run() }
        timer = nil
    }
}

@Suite("Sending while the router agent knows a listener", .serialized)
struct TriggerTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    private func options() throws -> SendOptions {
        var options = try SampleUpdate(20_000, in: directory).sending(rate: "10M")
        options.start = nil
        options.interface = nil
        options.trigger = .control(path: directory("control"))
        return options
    }

    private func events(_ sender: Running<SendReport>) -> [SendReport.Event] {
        sender.reports.map(\.event).filter { $0 != .statistics }
    }

    @Test("It sends through the interface that the agent names, while there are listeners")
    func follows() throws {
        let service = try WatchService(path: directory("control"), state: .idle, interface: "va")
        let sender = try link.send(options())
        let capture = try PacketCapture(on: link)
        usleep(100_000)
        #expect(events(sender) == [.idle])
        #expect(capture.count == 0)
        service.say(.sending)
        try capture.wait(for: 100)
        #expect(sender.reports.first { $0.event == .sending }?.interface == "va")
        service.say(.holding)
        usleep(50_000)
        #expect(events(sender) == [.idle, .sending])
        service.say(.idle)
        try sender.wait { $0.last?.event == .idle }
        let before = try #require(sender.reports.last).packets
        usleep(50_000)
        try sender.stop()
        #expect(sender.reports.last?.packets == before)
        #expect(service.selections == [ChannelSelection(groupAddress: "ff1e::8000:42")])
    }

    @Test("Each time that listeners make it start it begins with the manifest and the first symbols")
    func beginsAgain() throws {
        let update = try SampleUpdate(20_000, in: directory, name: "again.lcu")
        let service = try WatchService(path: directory("control"), state: .idle, interface: "va")
        var options = try options()
        options.file = update.path
        let sender = try link.send(options)
        for _ in 0..<3 {
            let capture = try PacketCapture(on: link)
            service.say(.sending)
            try capture.wait(for: 60)
            service.say(.idle)
            try sender.wait { $0.last?.event == .idle }
            let reassembly = try Reassembly(update)
            for packet in capture.packets { try reassembly.take(packet) }
            #expect(reassembly.problems == [])
            #expect(reassembly.unknown == 0)
            #expect(reassembly.counts[.manifest] ?? 0 >= 1)
            let first = try #require(reassembly.symbols.first)
            #expect(first == (0, 0))
        }
        try sender.stop()
    }

    @Test("The address to send from is part of the channel")
    func source() throws {
        let service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        var options = try options()
        options.source = addresses[1]
        let sender = try link.send(options)
        try sender.wait { $0.contains { $0.event == .sending } }
        #expect(service.selections == [ChannelSelection(groupAddress: "ff1e::8000:42", sourceAddress: "2001:db8::2")])
        #expect(sender.reports.last?.sourceAddress == "2001:db8::2")
        try sender.stop()
    }

    @Test("Through a link that has no address it sends from an address of the host that routers forward")
    func hostAddress() throws {
        let service = try WatchService(path: directory("control"), state: .sending, interface: "vb")
        let sender = try link.send(options())
        try sender.wait { $0.contains { $0.event == .sending } }
        #expect(["2001:db8::1", "2001:db8::2"].contains(sender.reports.last?.sourceAddress))
        try sender.stop()
        service.stop()
    }

    @Test("It waits for an agent that is not there yet")
    func waits() throws {
        let sender = try link.send(options())
        usleep(50_000)
        let service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        try sender.wait { $0.contains { $0.event == .sending } }
        try sender.stop()
        service.stop()
    }

    @Test("When the agent goes away it sends for the hold time, and again by itself when the agent is back")
    func agentDies() throws {
        var service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        let sender = try link.send(options())
        try sender.wait { $0.contains { $0.event == .sending } }
        service.stop()
        let lost = Instant.now
        try sender.wait { $0.last?.event == .idle }
        let held = Instant.now - lost
        #expect(held > .milliseconds(1_500) && held < .seconds(4))
        service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        try sender.wait { $0.last?.event == .sending }
        try sender.stop()
        #expect(events(sender) == [.idle, .sending, .idle, .sending, .stopped])
    }

    @Test(
        "It goes on for the hold time of the channel, and not at all where that is 0",
        arguments: [(0.5, Duration.milliseconds(300)...(.milliseconds(1_700))), (0, .zero...(.milliseconds(1_200)))])
    func channelHoldTime(holdTime: Double, expected: ClosedRange<Duration>) throws {
        let service = try WatchService(
            path: directory("control"), state: .sending, interface: "va", holdTime: holdTime)
        let sender = try link.send(options())
        try sender.wait { $0.contains { $0.event == .sending } }
        service.stop()
        let lost = Instant.now
        try sender.wait { $0.last?.event == .idle }
        #expect(expected.contains(Instant.now - lost))
        try sender.stop()
    }

    @Test("An agent that comes back has its sender again at once, however long it was away")
    func comesBack() throws {
        let sender = try link.send(options())
        // Attempts at ever longer distances would be at 1.5 and 3.1 s.
        usleep(1_700_000)
        let service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        let back = Instant.now
        try sender.wait { $0.last?.event == .sending }
        #expect(Instant.now - back < .seconds(1))
        try sender.stop()
        service.stop()
    }

    @Test("An agent that refuses is asked again, ever less often")
    func refused() throws {
        let service = try WatchService(
            path: directory("control"), state: .sending, interface: "va", refuses: true)
        let sender = try link.send(options())
        try eventually { service.selections.count >= 2 }
        usleep(1_000_000)
        try sender.stop()
        #expect(service.selections.count <= 6, "0.1 + 0.2 + 0.4 + 0.8 s")
        service.stop()
    }

    @Test("An agent that is restarted within the hold time interrupts nothing")
    func agentRestarts() throws {
        var service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        let sender = try link.send(options())
        try sender.wait { $0.contains { $0.event == .sending } }
        service.stop()
        service = try WatchService(path: directory("control"), state: .sending, interface: "va")
        try eventually { !service.selections.isEmpty }
        usleep(2_500_000)
        #expect(events(sender) == [.idle, .sending])
        try sender.stop()
    }

    @Test("A link that is made anew under its old name is used again")
    func newLink() throws {
        let service = try WatchService(path: directory("control"), state: .sending, interface: "vx")
        let sender = try link.send(options())
        usleep(100_000)
        #expect(try #require(sender.reports.last).packets == 0)
        for _ in 0..<2 {
            try link.ip("link", "add", "vx", "type", "veth", "peer", "name", "vy")
            try link.ip("link", "set", "vx", "up")
            try link.ip("link", "set", "vy", "up")
            try link.waitUntilRunning("vx", "vy")
            service.say(.sending)
            try PacketCapture(on: link, interface: "vy").wait(for: 50)
            try link.ip("link", "del", "vx")
        }
        try sender.stop()
    }
}

@Suite("Senders that cannot send", .serialized)
struct SendFailureTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    private func failure(_ options: SendOptions) throws -> String {
        do {
            try link.send(options).wait()
            return "none"
        } catch { return "\(error)" }
    }

    @Test("No such interface")
    func interface() throws {
        var options = try SampleUpdate(1, in: directory).sending()
        options.interface = "nonesuch"
        #expect(
            try failure(options)
                == "interface nonesuch: No such device; name an interface of this host with --interface")
    }

    @Test("A source that is not an address of this host")
    func source() throws {
        var options = try SampleUpdate(1, in: directory).sending()
        options.source = IPv6Address(high: 0x2001_0db8_0000_0000, low: 0x99)
        #expect(try failure(options).hasSuffix("give --source an address of this host"))
    }
}
