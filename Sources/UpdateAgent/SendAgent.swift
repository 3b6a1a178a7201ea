import CLinux
public import EventLoop
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
public import Logging
import RouterControl
import Timing
import UpdateTransport
import Varlink

/// Sends one file, round and round, until it is stopped. Everything happens on its loop's thread.
public final class SendAgent {
    private let options: SendOptions
    private let loop: EpollLoop
    private let log: Logger
    private let report: (SendReport) -> Void
    private let file: SourceFile
    private var carousel: CarouselSender
    private var packets: OutgoingPackets
    private var gate: SendGate
    private let path: SendPath
    private var watch: ChannelWatch?
    private var pace: LoopTimer?
    private var clock: LoopTimer?
    private var nextReport = Instant.distantFuture
    private var lastReport: (at: Instant, octets: UInt64)
    private var agentComplaint = Complaint()
    private var pathComplaint = Complaint()
    private var failure: (any Error)?

    /// Opens and reads the file.
    ///
    /// - Parameters:
    ///   - loop: ends with `stop`; `run` then returns.
    ///   - report: called on the loop.
    /// - Throws: `UpdateFailure` if the file cannot be sent.
    public init(_ options: SendOptions, on loop: EpollLoop, log: Logger, report: @escaping (SendReport) -> Void) throws
    {
        let file = try SourceFile(path: options.file)
        let hash = try file.hash()
        let object = CarouselObject(
            id: .identify(size: file.size, hash: hash), size: file.size, symbolSize: options.symbolSize, hash: hash)
        self.options = options
        self.loop = loop
        self.log = log
        self.report = report
        self.file = file
        let now = Instant.now
        carousel = CarouselSender(object, rate: options.rate, random: UInt64.random(in: 0...UInt64.max), at: now)
        path = SendPath(options, log: log)
        packets = OutgoingPackets(symbolSize: options.symbolSize)
        gate = SendGate(always: options.trigger == .always)
        lastReport = (now, 0)
    }

    /// Sends until the loop is stopped, or SIGTERM or SIGINT arrives if it handles signals.
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
        try begin()
        if handlingSignals {
            let signals = try LoopSignals([SIGTERM, SIGINT], on: loop) { [loop] _ in loop.stop() }
            try withExtendedLifetime(signals) { try loop.run() }
        } else {
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
            let watch = try ChannelWatch(on: loop, open: openChannel(at: socket)) { [weak self] in self?.handle($0) }
            self.watch = watch
            watch.connect()
        }
    }

    // MARK: the trigger

    private func handle(_ event: ChannelWatch.Event) {
        switch event {
        case .channel(let channel):
            if agentComplaint.isOpen { log.info("watching \(options.group) at the router agent") }
            agentComplaint.settle()
            path.namedInterface = channel.sendInterface
            openPath()
            change(.channel(active: channel.channel.state.sends))
        case .lost(let reason, _):
            agentComplaint.raise("not connected to the router agent, trying again: \(reason)", to: log)
            change(.connectionLost)
        }
    }

    private func openChannel(at path: String) -> ChannelWatch.Open {
        let selection = ChannelSelection(
            groupAddress: options.group.description, sourceAddress: options.source?.description)
        return { [loop] onReply, onEnd in
            try VarlinkStream(
                path: path, method: RouterMethod.watchChannel.qualifiedName, parameters: selection, on: loop,
                onReply: { reply in
                    do { onReply(try reply.decode(WatchedChannel.self)) } catch { onEnd("\(error)") }
                }, onEnd: { onEnd($0.reason) })
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
        carousel.resume(at: now)
        lastReport = (now, carousel.octets)
        nextReport = now + .seconds(1)
        // Sent before it is told: a listener is waiting.
        pump()
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
            do { try file.checkUnchanged() } catch { return fail(error) }
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
        for _ in 0..<16 where gate.isOpen {
            let symbols = carousel.upcoming(UDPMulticastSender.batchLimit, at: now)
            if symbols.isEmpty { break }
            if path.socket == nil { openPath() }
            guard let socket = path.socket else { return retry(after: .seconds(1)) }
            do {
                let sent = try packets.send(symbols, of: carousel.object, from: file, through: socket)
                carousel.sent(sent, at: now)
                pathComplaint.settle()
            } catch let error as SystemError {
                return sendFailed(error)
            } catch {
                return fail(error)
            }
            now = .now
        }
        if gate.isOpen { pace?.arm(at: carousel.nextDeadline) }
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
        let seconds = (now - lastReport.at).inSeconds
        let rate = seconds > 0 ? Double(carousel.octets - lastReport.octets) * 8 / seconds : 0
        lastReport = (now, carousel.octets)
        report(
            SendReport(
                event: event, packets: carousel.packets, bytes: carousel.octets, rate: rate,
                interface: path.socket?.interface,
                sourceAddress: path.socket?.source.description, objectID: carousel.object.id.description))
    }

    private func fail(_ error: any Error) {
        failure = error
        loop.stop()
    }
}

extension VarlinkStreamEnd {
    /// Why a stream that should never end has ended.
    fileprivate var reason: String {
        switch self {
        case .finished: "it ended the watch"
        case .closed: "it closed the connection"
        case .error(let name, let reply): "\(name) \(String(decoding: reply.octets, as: UTF8.self))"
        case .malformed(let reason): reason
        case .failed(let error): "\(error)"
        }
    }
}
