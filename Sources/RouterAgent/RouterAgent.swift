import Channels
public import EventLoop
import Forwarding
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
public import Logging
import MLD
import RouterControl
import Systemd
import Timing
import Varlink

/// The router agent: owns all mutable state of lcrouted, wires the machines to the kernel and to the control socket.
///
/// It lives on one epoll loop. The way of a report: `readMLD` → `MLDRouter.receive` → its actions → `ForwardingTable`
/// and `ChannelTable` → the kernel's routes and the watching senders. The extensions follow that way:
/// `+Links` (interfaces come and go), `+Membership` (MLD), `+Forwarding` (routes), `+Sources` (where flows may come from),
/// `+Channels` (triggers, commands),
/// `+SenderLink`, `+Control` (Varlink), `+Listing` and `+LongLists` (what the control socket answers), `+Events`
/// (subscribers).
public actor RouterAgent {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    nonisolated let loop: EpollLoop
    let configuration: AgentConfiguration
    let log: Logger
    let version: String
    let startedAt = Instant.now
    let startedAtWallClock = wallClockSeconds()
    let notifier = ServiceNotifier()
    let leftovers = Leftovers()

    // The kernel.
    var mldSocket: MLDSocket
    var routing: MulticastRoutingSocket
    var linkMonitor: LinkMonitor
    var unicastRoutes: UnicastRouteTable
    var unicastMonitor: UnicastRouteMonitor
    var senderLink: VethPair?

    // The machines.
    var links: [RouterLink]
    var linkOfIndex: [Int32: RouterLink] = [:]
    var freeMIFs: [MIF]
    /// Interfaces that `--all` found no room for.
    var refused: Set<Int32> = []
    var forwarding = ForwardingTable()
    var channels: ChannelTable

    // Actions of the machines until they are performed; kept, so that the report path allocates nothing. Whatever is
    // performed may add some, and nothing that it calls walks the same ones again.
    var mldActions: [MLDRouter.Action] = []
    var forwardingActions: [ForwardingTable.Action] = []
    var channelActions: [ChannelTable.Action] = []
    var isPerformingForwarding = false
    var isPerformingChannels = false

    // Outside the machines.
    var server: VarlinkServer?
    var subscribers: [Subscriber] = []
    var watchers: [ChannelTable.ID: [ChannelWatcher]] = [:]
    var commands: [ChannelTable.ID: ChannelCommand] = [:]
    var triggerLatency: [ChannelTable.ID: Duration] = [:]
    var timer: LoopTimer?
    var signals: GuardedSignals?
    var watchdogTimer: LoopTimer?
    /// For every line that outsiders can provoke.
    var limitedLog = RateLimitedLog<LogTopic>()
    /// Of sources that were refused, by the interface on which they came in.
    var refusalLog = RateLimitedLog<MIF>(burst: 1)
    /// Messages that the kernel dropped before they were read, as last seen: reports, upcalls.
    var drops: (reports: UInt32, upcalls: UInt32) = (0, 0)
    var isStopping = false

    /// Opens the kernel's interfaces; nothing is heard or changed on any link before `start`.
    ///
    /// - Throws: `MulticastRoutingError` when the table cannot be had (not permitted, owned by another process, kernel
    ///   without IPv6 multicast routing), `SystemError` for anything else the kernel refuses.
    public init(_ configuration: AgentConfiguration, version: String, on loop: EpollLoop, log: Logger) throws {
        self.loop = loop
        self.configuration = configuration
        self.log = log
        self.version = version
        routing = try Self.openTable()
        mldSocket = try MLDSocket()
        linkMonitor = try LinkMonitor()
        unicastMonitor = try UnicastRouteMonitor()
        unicastRoutes = try UnicastRouteTable()
        freeMIFs = (0..<UInt8(MIF.count)).reversed().compactMap(MIF.init(rawValue:))
        channels = ChannelTable(configurations: configuration.channels)
        links = configuration.interfaces.map { interface in
            RouterLink(
                name: interface.name, role: interface.role == .upstream ? .upstream : .downstream,
                settings: interface.mld, scopeBoundary: interface.scopeBoundary,
                forwardsAsNonQuerier: interface.forwardsAsNonQuerier, sourceCheck: interface.sourceCheck)
        }
    }

    /// A predecessor that was killed a moment ago is no longer visible, but the kernel still has its table.
    private static func openTable() throws(MulticastRoutingError) -> MulticastRoutingSocket {
        let patience = Instant.now + .seconds(1)
        while true {
            do throws(MulticastRoutingError) {
                return try MulticastRoutingSocket()
            } catch .tableOwned(_, by: let owners) where owners.isEmpty && Instant.now < patience {
                usleep(20_000)
            }
        }
    }

    /// Brings everything up. Call on the loop's thread, then run the loop, and keep the agent until that returns, which
    /// it does when the agent has ended.
    ///
    /// - Throws: what stands in the way; nothing is left behind then.
    public func start() throws {
        do {
            try open()
        } catch {
            close()
            throw error
        }
        sayReceiveBuffer()
        takeStockOfLinks()
        armTimer()
        log.info(
            "router agent started", metadata: ["control": "\(configuration.control.path)", "version": "\(version)"])
        notifier.send("READY=1")
    }

    private func open() throws {
        try openSignals()
        timer = try LoopTimer(on: loop) { [unowned self] in deadlineReached() }
        try openControlSocket()
        try makeSenderLink()
        try loop.watch(mldSocket.descriptor) { [unowned self] _ in readMLD() }
        try loop.watch(routing.descriptor) { [unowned self] _ in readUpcalls() }
        try loop.watch(linkMonitor.descriptor) { [unowned self] _ in readLinkChanges() }
        try loop.watch(unicastMonitor.descriptor) { [unowned self] _ in readRoutingChanges() }
        try openWatchdog()
    }

    func handle(signal: Int32) {
        switch signal {
        case SIGHUP:
            log.warning("SIGHUP: reloading the configuration is not available in this version; restart instead")
        default: stop(because: signal == SIGINT ? "SIGINT" : "SIGTERM")
        }
    }

    // MARK: time

    private func deadlineReached() {
        timer?.fired()
        let now = Instant.now
        // The answers to a query may be here already, and come before its end, however late this wakes up.
        receiveWaitingReports(at: now)
        for link in links {
            guard let due = link.mld?.nextDeadline, due <= now else { continue }
            link.mld?.advance(to: now, into: &mldActions)
            performMLDActions(of: link, receivedAt: now)
        }
        if let due = forwarding.nextDeadline, due <= now {
            forwarding.advance(
                to: now, wanted: { interest(in: $0) }, origin: { origin(of: $0) }, into: &forwardingActions)
            performForwardingActions()
        }
        if let due = channels.nextDeadline, due <= now {
            channels.advance(to: now, into: &channelActions)
            performChannelActions(receivedAt: now)
        }
        sayDrops()
        armTimer()
    }

    /// After every input: the one timer follows the earliest deadline.
    func armTimer() {
        var next = Instant.distantFuture
        for link in links {
            if let deadline = link.mld?.nextDeadline, deadline < next { next = deadline }
        }
        if let deadline = forwarding.nextDeadline, deadline < next { next = deadline }
        if let deadline = channels.nextDeadline, deadline < next { next = deadline }
        timer?.arm(at: next == .distantFuture ? nil : next)
    }

    // MARK: the end

    /// Ends cleanly: commands are asked to end and waited for, the kernel's table and the sender's link are given back.
    func stop(because reason: String) {
        guard !isStopping else {
            log.warning("asked again to stop: not waiting for commands", metadata: ["reason": "\(reason)"])
            finish()
            return
        }
        isStopping = true
        log.info("stopping", metadata: ["reason": "\(reason)"])
        notifier.send("STOPPING=1")
        let now = Instant.now
        for id in channels.ids { channels.update(id, into: &channelActions) { $0.shutDown(at: now, into: &$1) } }
        performChannelActions(receivedAt: now)
        armTimer()
        finishIfCommandsHaveEnded()
    }

    func finishIfCommandsHaveEnded() {
        if isStopping && commands.isEmpty { finish() }
    }

    private func finish() {
        for command in commands.values { command.send(signal: SIGKILL) }
        close()
        loop.stop()
    }

    /// Gives back what outlives the process, and what the loop knows of this agent.
    private func close() {
        server?.close()
        server = nil
        removeSenderLink()
        for command in commands.values { loop.unwatch(command.descriptor) }
        for link in links { closeCapture(on: link) }
        for descriptor in [
            mldSocket.descriptor, routing.descriptor, linkMonitor.descriptor, unicastMonitor.descriptor,
        ] {
            loop.unwatch(descriptor)
        }
        timer = nil
        watchdogTimer = nil
        signals = nil
    }
}
