import CLinux
public import EventLoop
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
public import Logging
import Timing
import UpdateTransport

/// Receives one file. Everything happens on its loop's thread.
public final class ReceiveAgent {
    private let options: ReceiveOptions
    private let loop: EpollLoop
    private let log: Logger
    private let report: (ReceiveReport) -> Void
    private let socket: UDPMulticastReceiver
    private let interface: String
    private var file: PartialFile
    private var carousel: CarouselReceiver
    private var verification: FileVerification?
    private var worker: LoopTimer?
    private var clock: LoopTimer?

    private let started = Instant.now
    private var rejected: UInt64 = 0
    /// Octets of the file written since the last report, and when that was.
    private var fresh: (octets: UInt64, since: Instant)
    private var begun = Instant.now
    private var nextReport = Instant.distantFuture
    /// Why an object was refused for want of room, and since when; if nothing else turns up that is the result.
    private var noRoom: (failure: UpdateFailure, since: Instant)?
    private var result: Result<Void, any Error>?

    /// Checks the output path and joins the group.
    ///
    /// - Parameters:
    ///   - loop: ends with `stop`; `run` then returns false.
    ///   - report: called on the loop.
    /// - Throws: `UpdateFailure` if the file could not be written or the group not joined.
    public init(_ options: ReceiveOptions, on loop: EpollLoop, log: Logger, report: @escaping (ReceiveReport) -> Void)
        throws
    {
        file = try PartialFile(for: options.output)
        guard let interface = try options.interface ?? InterfaceChoice.preferred() else {
            throw UpdateFailure(.failed, "no interface is up and can receive multicast; name one with --interface")
        }
        do {
            socket = try UDPMulticastReceiver(
                group: options.group, port: options.port, interface: interface, source: options.source)
        } catch {
            throw UpdateFailure(
                error, advice: error.errno == ENODEV ? "name an interface of this host with --interface" : nil)
        }
        self.options = options
        self.interface = interface
        self.loop = loop
        self.log = log
        self.report = report
        carousel = CarouselReceiver(
            maximumSize: options.maximumSize?.octets ?? CarouselObject.maximumSize, identify: ObjectID.identify)
        fresh = (0, started)
    }

    /// Receives until the file is at its path.
    ///
    /// - Returns: false if the loop was stopped before, or SIGTERM or SIGINT arrived if it handles signals.
    /// - Throws: `UpdateFailure`; nothing is at the path then.
    public func run(handlingSignals: Bool) throws -> Bool {
        clock = try LoopTimer(on: loop) { [weak self] in
            self?.clock?.fired()
            self?.tick()
        }
        worker = try LoopTimer(on: loop) { [weak self] in
            self?.worker?.fired()
            self?.verify()
        }
        try loop.watch(socket.descriptor) { [weak self] _ in self?.receive() }
        defer {
            loop.unwatch(socket.descriptor)
            clock = nil
            worker = nil
        }
        log.info("listening to [\(options.group)]:\(options.port) on \(interface), \(socket.buffer) octets of buffer")
        tell(.waiting)
        armClock()
        if handlingSignals {
            let signals = try LoopSignals([SIGTERM, SIGINT], on: loop) { [loop] _ in loop.stop() }
            try withExtendedLifetime(signals) { try loop.run() }
        } else {
            try loop.run()
        }
        switch result {
        case .success: return true
        case .failure(let error):
            tell(.failed, error: "\(error)")
            throw error
        case nil:
            tell(.failed, error: "stopped before the file was complete")
            return false
        }
    }

    // MARK: packets

    private func receive() {
        do {
            // A bounded number of batches: signals and the clock must get their turn too.
            for _ in 0..<16 where result == nil {
                let count = try socket.receive { octets, _, isTruncated in
                    if isTruncated { rejected += 1 } else { try handle(octets) }
                }
                if count < 64 { break }
            }
        } catch {
            finish(.failure(error))
        }
    }

    private func handle(_ octets: RawSpan) throws {
        let packet: CarouselPacket
        do {
            packet = try CarouselPacket(parsing: octets)
        } catch {
            rejected += 1
            return
        }
        switch carousel.handle(packet, at: .now) {
        case .write: break
        case .begin:
            guard try begin(packet.object) else { return }
        case .duplicate, .otherObject: return
        case .refused:
            if let noRoom, carousel.object == nil, .now - noRoom.since >= CarouselReceiver.stallTime {
                throw noRoom.failure
            }
            return
        case .forged, .tooLarge:
            rejected += 1
            return
        }
        let payload = octets.extracting(CarouselPacket.headerLength..<octets.byteCount)
        try file.write(payload, at: packet.offset)
        fresh.octets += UInt64(payload.byteCount)
        if carousel.isWhole && verification == nil {
            verification = FileVerification(size: packet.object.size)
            worker?.arm(at: .now)
        }
    }

    /// Makes room for an object; false if there is not enough.
    private func begin(_ object: CarouselObject) throws -> Bool {
        do {
            try file.reserve(object.size)
        } catch  where error.errno == ENOSPC || error.errno == EDQUOT || error.errno == EFBIG {
            let failure = UpdateFailure(error, advice: "there is no room for \(options.output)")
            log.info("\(failure)")
            if noRoom == nil { noRoom = (failure, .now) }
            carousel.refuse(at: .now)
            return false
        } catch {
            throw UpdateFailure(error)
        }
        begun = .now
        fresh = (0, begun)
        nextReport = begun + .seconds(1)
        log.info("receiving object \(object.id), \(object.size) octets")
        tell(.manifest)
        armClock()
        return true
    }

    // MARK: the end

    /// Hashes the next piece of a whole file, and publishes it after the last one if the hash is right.
    private func verify() {
        guard result == nil, let object = carousel.object else { return }
        do {
            try verification?.step(file)
            if verification?.isDone == false { return worker?.arm(at: .now) ?? () }
            let hash = verification.take()?.finish()
            if hash == object.hash {
                try file.publish()
                finish(.success(()))
            } else {
                log.warning("object \(object.id) does not match its hash; starting again")
                carousel.mismatched(at: .now)
            }
        } catch {
            finish(.failure(error))
        }
    }

    private func finish(_ outcome: Result<Void, any Error>) {
        guard result == nil else { return }
        result = outcome
        if case .success = outcome { tell(.complete) }
        loop.stop()
    }

    private func timedOut() -> UpdateFailure {
        if carousel.isPromising {
            return UpdateFailure(
                .timedOut, "timed out with \(carousel.received) of \(carousel.needed) packets received; try again")
        }
        if let noRoom { return noRoom.failure }
        if rejected > 0 || carousel.mismatches > 0 {
            return UpdateFailure(
                .unverifiable,
                "timed out; \(rejected) packets rejected, \(carousel.mismatches) files that did not match their hash, "
                    + "nothing that could be verified")
        }
        // Routers ignore listeners of these groups that name no source (RFC 4604 §2.2.1).
        let hint = options.group.isSourceSpecific && options.source == nil
        return UpdateFailure(
            .timedOut,
            "timed out; nothing was heard from [\(options.group)]:\(options.port) on \(interface)"
                + (hint ? "; the group is source-specific, name the sender with --source" : ""))
    }

    // MARK: the clock

    private var deadline: Instant { options.timeout.map { started + $0 } ?? .distantFuture }

    private func armClock() { clock?.arm(at: min(deadline, nextReport)) }

    private func tick() {
        let now = Instant.now
        // A file that is whole is not given up while it is being checked.
        if now >= deadline && verification == nil { return finish(.failure(timedOut())) }
        if now >= nextReport {
            if carousel.object != nil { tell(.progress) }
            nextReport = now + .seconds(1)
        }
        if now >= deadline { return clock?.arm(at: now + .milliseconds(100)) ?? () }
        armClock()
    }

    private func tell(_ event: ReceiveReport.Event, error: String? = nil) {
        let now = Instant.now
        let object = carousel.object
        var line = ReceiveReport(event: event, interface: interface)
        line.objectID = object?.id.description
        line.size = object?.size
        line.received = carousel.received
        line.needed = carousel.needed
        line.rejected = rejected
        line.mismatches = carousel.mismatches
        line.seconds = (now - started).inSeconds
        line.error = error
        let (octets, since) = event == .complete ? (object?.size ?? 0, begun) : (fresh.octets, fresh.since)
        let seconds = (now - since).inSeconds
        line.rate = seconds > 0 ? Double(octets) * 8 / seconds : 0
        fresh = (0, now)
        report(line)
    }
}
