import CLinux
public import EventLoop
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
public import Logging
import Timing
import UpdateTransport

/// Sends one update, lap after lap, until it is stopped. Everything but encoding happens on its loop's thread.
public final class SendAgent {
    private let options: SendOptions
    private let loop: EpollLoop
    private let log: Logger
    private let report: (SendReport) -> Void
    private let update: OutgoingUpdate
    private var packets: OutgoingPackets
    private var bucket: TokenBucket
    private var gate: SendGate
    private let path: SendPath
    private var watch: ChannelWatch?
    private var pace: LoopTimer?
    private var clock: LoopTimer?
    private var nextReport = Instant.distantFuture
    private var lastReport: (at: Instant, octets: UInt64)
    private var agentComplaint = Complaint()
    private var pathComplaint = Complaint()
    private var encodingComplaint = Complaint()
    /// How long it had to wait for repair symbols.
    private var waited = Duration.zero
    private var failure: (any Error)?

    /// Opens the file and verifies all of it.
    ///
    /// - Parameters:
    ///   - loop: ends with `stop`; `run` then returns.
    ///   - report: called on the loop.
    /// - Throws: `UpdateFailure` if the file cannot be sent: `unverifiable` if it is damaged or expired.
    public init(_ options: SendOptions, on loop: EpollLoop, log: Logger, report: @escaping (SendReport) -> Void) throws
    {
        let update = try OutgoingUpdate(options, log: log)
        self.options = options
        self.loop = loop
        self.log = log
        self.report = report
        self.update = update
        packets = try OutgoingPackets(update, options, random: UInt64.random(in: 0...UInt64.max))
        path = SendPath(options, log: log)
        gate = SendGate(always: options.trigger == .always)
        let now = Instant.now
        bucket = TokenBucket(rate: options.rate, at: now)
        lastReport = (now, 0)
    }

    /// Sends until the loop is stopped, or SIGTERM or SIGINT arrives if it handles signals; SIGUSR1 then asks for
    /// statistics.
    ///
    /// - Throws: `UpdateFailure` if it cannot go on.
    public func run(handlingSignals: Bool) throws {
        pace = try LoopTimer(on: loop) { [weak self] in
            self?.pace?.fired()
            self?.pump()
        }
        clock = try LoopTimer(on: loop) { [weak self] in
            self?.clock?.fired()
            self?.tick()
        }
        defer {
            watch = nil
            pace = nil
            clock = nil
        }
        if handlingSignals {
            // Before the thread that encodes.
            let signals = try LoopSignals([SIGTERM, SIGINT, SIGUSR1], on: loop) { [weak self] in self?.handle($0) }
            try withExtendedLifetime(signals) {
                try begin()
                try loop.run()
            }
        } else {
            try begin()
            try loop.run()
        }
        if let failure { throw failure }
        tell(.stopped)
    }

    private func begin() throws {
        switch options.trigger {
        case .always:
            try path.open()
            start()
        case .control(let socket):
            tell(.idle)
            let open = ChannelWatch.opening(options.group, source: options.source, at: socket, on: loop)
            let watch = try ChannelWatch(on: loop, open: open) { [weak self] in self?.handle($0) }
            self.watch = watch
            watch.connect()
        }
    }

    private func handle(_ signal: Int32) {
        guard signal == SIGUSR1 else { return loop.stop() }
        tell(.statistics)
        log.notice("\(gate.isOpen ? "sending" : "idle"), sent \(packets.statistics)")
    }

    // MARK: the trigger

    private func handle(_ event: ChannelWatch.Event) {
        switch event {
        case .channel(let channel):
            if agentComplaint.isOpen { log.info("watching \(options.group) at the router agent") }
            agentComplaint.settle()
            path.namedInterface = channel.sendInterface
            openPath()
            change(.channel(active: channel.channel.state.sends, holdTime: channel.channel.holdDuration))
            // The way out may be open again: what waits for it need not wait for its next attempt.
            if gate.isOpen { pump() }
        case .lost(let reason, _):
            agentComplaint.raise("not connected to the router agent, trying again: \(reason)", to: log)
            change(.connectionLost)
        }
    }

    private func change(_ input: SendGate.Input) {
        let changed = gate.handle(input, at: .now)
        if changed && gate.isOpen { start() }
        if changed && !gate.isOpen { pause() }
        armClock()
    }

    private func start() {
        let now = Instant.now
        do {
            try update.checkStillValid()
            try packets.resume()
        } catch {
            return fail(error)
        }
        bucket.restart(at: now)
        lastReport = (now, packets.statistics.octets)
        nextReport = now + .seconds(1)
        // Sent before it is told: a listener is waiting.
        pump()
        guard failure == nil else { return }
        tell(.sending)
        armClock()
    }

    private func pause() {
        pace?.arm(at: nil)
        nextReport = .distantFuture
        tell(.idle)
    }

    private func tick() {
        let now = Instant.now
        if gate.handle(.tick, at: now) { pause() }
        if nextReport <= now {
            tell(.statistics)
            nextReport = now + .seconds(1)
            packets.renewAnnouncement()
            do { try update.checkStillValid() } catch { return fail(error) }
        }
        armClock()
    }

    private func armClock() {
        clock?.arm(at: min(gate.nextDeadline ?? .distantFuture, nextReport))
    }

    // MARK: packets

    /// Sends what may go by now.
    private func pump() {
        var now = Instant.now
        // A bounded number of batches: signals and the trigger must get their turn too.
        for _ in 0..<16 where gate.isOpen && now >= bucket.nextDeadline {
            if path.socket == nil { openPath() }
            guard let socket = path.socket else { return retry(after: .seconds(1)) }
            do {
                try path.check(packetLength: update.packetLength, of: update.path)
                if !packets.isPending {
                    try packets.fill(bucket.allowance(ofPackets: update.packetLength, at: now), at: now)
                }
                guard packets.isPending else { return wait(.milliseconds(1)) }
                bucket.spend(try packets.send(through: socket), at: now)
                pathComplaint.settle()
            } catch let error as SystemError {
                return sendFailed(error)
            } catch {
                return fail(error)
            }
            now = .now
        }
        if gate.isOpen { pace?.arm(at: bucket.nextDeadline) }
    }

    /// Waits for repair symbols.
    private func wait(_ delay: Duration) {
        waited += delay
        if waited >= .seconds(5) {
            encodingComplaint.raise("encoding does not keep up with the rate: raise --cache or lower --rate", to: log)
        }
        retry(after: delay)
    }

    private func sendFailed(_ error: SystemError) {
        switch error.errno {
        case EAGAIN, ENOBUFS, EINTR:
            retry(after: .milliseconds(1))  // the interface is slower than the rate
        case EMSGSIZE:
            fail(path.failure(error))
        default:
            pathComplaint.raise("\(path.failure(error)); trying again", to: log)
            path.close()
            retry(after: .seconds(1))
        }
    }

    private func retry(after delay: Duration) {
        if gate.isOpen { pace?.arm(at: .now + delay) }
    }

    /// Opens the socket if that is due; a failure is told and tried again.
    private func openPath() {
        do {
            try path.open()
        } catch {
            pathComplaint.raise("\(error)", to: log)
        }
    }

    // MARK: telling

    private func tell(_ event: SendReport.Event) {
        let now = Instant.now
        let sent = packets.statistics
        let seconds = (now - lastReport.at).inSeconds
        let rate = seconds > 0 ? Double(sent.octets - lastReport.octets) * 8 / seconds : 0
        lastReport = (now, sent.octets)
        report(
            SendReport(event, packets.statistics, rate: rate, through: path.socket, object: update.manifest.object))
    }

    private func fail(_ error: any Error) {
        failure = error
        loop.stop()
    }
}
