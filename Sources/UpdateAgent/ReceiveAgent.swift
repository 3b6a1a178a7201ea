import ALC
import CLinux
public import EventLoop
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
public import Logging
import Timing
import UpdateTransport
import UpdateTrust

/// Receives an update, or one after the other. Everything but decoding, hashing and waiting for the disk happens on its loop's
/// thread.
public final class ReceiveAgent {
    private enum Stage {
        /// Waits for a manifest.
        case listening
        /// Finds out whether the file at the path is the update.
        case comparing(FileComparison)
        case receiving(UpdateDownload)
        case running(CommandRun)
    }

    private let options: ReceiveOptions
    private let loop: EpollLoop
    private let log: Logger
    private let report: (ReceiveReport) -> Void
    private let socket: UDPMulticastReceiver
    private var isMember = true
    private let interface: String
    private let place: OutputPlace
    private let state: StateDirectory
    private var selection: ManifestSelection
    private var stage = Stage.listening
    private var update: (manifest: UpdateManifest, key: KeyID?)?
    private var clock: LoopTimer?
    private var schedule: ReceiveSchedule
    private var complaint = Complaint()

    private let started = Instant.now
    private var begun = Instant.now
    /// Packets of no known form, and those of earlier downloads that were forged.
    private var malformed: UInt64 = 0
    /// Packets of updates that came before a manifest.
    private var early: UInt64 = 0
    private var told: (octets: UInt64, at: Instant)
    private var result: Result<Void, any Error>?

    /// Checks the output path and the state directory and joins the group.
    ///
    /// - Parameters:
    ///   - loop: ends with `stop`; `run` then returns false.
    ///   - report: called on the loop.
    /// - Throws: `UpdateFailure` if the file could not be written or the group not joined.
    public init(_ options: ReceiveOptions, on loop: EpollLoop, log: Logger, report: @escaping (ReceiveReport) -> Void)
        throws
    {
        place = try OutputPlace(options.output)
        state = try StateDirectory(options.state)
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
        selection = ManifestSelection(
            trust: options.trust, policy: options.policy, rollback: AntiRollback(directory: options.state))
        schedule = ReceiveSchedule(
            started: started, timeout: options.timeout, follows: options.follows, interval: options.followInterval)
        self.options = options
        self.interface = interface
        self.loop = loop
        self.log = log
        self.report = report
        told = (0, started)
    }

    /// Receives until the file is at its path and its command was run; with `follows` until it is stopped.
    ///
    /// - Returns: false if the loop was stopped before, or SIGTERM or SIGINT arrived if it handles signals.
    /// - Throws: `UpdateFailure`.
    public func run(handlingSignals: Bool) throws -> Bool {
        clock = try LoopTimer(on: loop) { [weak self] in
            self?.clock?.fired()
            self?.tick()
        }
        try loop.watch(socket.descriptor) { [weak self] _ in self?.receive() }
        defer {
            loop.unwatch(socket.descriptor)
            clock = nil
            if case .receiving(let download) = stage { download.close() }
            stage = .listening
        }
        log.info("listening to [\(options.group)]:\(options.port) on \(interface), \(socket.buffer) octets of buffer")
        if options.trust == nil {
            log.warning("updates are not verified: whoever can send to [\(options.group)] decides what is received")
        }
        tell(.waiting)
        clock?.arm(at: schedule.next)
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
            if !schedule.hasCompleted { tell(.failed, error: "stopped before the file was complete") }
            return schedule.hasCompleted
        }
    }

    // MARK: packets

    private func receive() {
        do {
            // A bounded number of batches: signals and the clock must get their turn too.
            for _ in 0..<16 where result == nil {
                let count = try socket.receive { octets, source, isTruncated in
                    if isTruncated { malformed += 1 } else { try handle(octets, from: source) }
                }
                if count < UDPMulticastReceiver.batchLimit { break }
            }
        } catch {
            finish(.failure(error))
        }
    }

    private func handle(_ octets: RawSpan, from source: IPv6Address) throws {
        guard let packet = try? ALCPacket(parsing: octets) else {
            malformed += 1
            return
        }
        guard let id = packet.payloadID, let number = UInt32(exactly: packet.lct.toi),
            let object = SessionObject(rawValue: number)
        else { return }
        let payload = octets.extracting(packet.payload)
        let (block, esi) = (Int(id.sourceBlockNumber), id.encodingSymbolID)
        switch object {
        case .announcement: break
        case .manifest: try handle(manifest: payload)
        case .update:
            guard case .receiving(let download) = stage else {
                early += 1
                return
            }
            download.handle(symbol: payload, block: block, esi: Int(esi), from: source, session: packet.lct.tsi)
        case .hashes:
            guard case .receiving(let download) = stage else {
                early += 1
                return
            }
            download.handle(hashes: payload, at: HashPacketPlace(block: block, esi: esi))
        }
    }

    private func handle(manifest octets: RawSpan) throws {
        let now = Instant.now
        if schedule.isPaused(at: now) { return }
        if case .running = stage { return }
        let isIdle = if case .listening = stage { true } else { false }
        let wallClock = UTCTime(clamping: UInt64(max(wallClockSeconds(), 0)))
        switch try selection.handle(octets, at: now, wallClock: wallClock, isIdle: isIdle) {
        case .takeUp(let manifest, let key): try takeUp(manifest, key)
        case .refused(let refusal): complaint.raise("not taken: \(refusal)", at: now, to: log)
        case .known:
            if case .listening = stage, schedule.heardNothingNew() { clock?.arm(at: schedule.next) }
        case .older, .postponed: break
        }
    }

    // MARK: updates

    private func takeUp(_ manifest: UpdateManifest, _ key: KeyID?) throws {
        dropDownload()
        update = (manifest, key)
        begun = .now
        log.info("update \(manifest.object), sequence \(manifest.sequence), \(manifest.size) octets")
        guard let existing = place.existing(size: manifest.size) else { return startDownload() }
        stage = .comparing(
            try FileComparison(existing, size: manifest.size, with: manifest.hash, on: loop) { [weak self] isSame in
                self?.compared(isSame)
            })
    }

    private func compared(_ isSame: Bool) {
        guard isSame, let update else { return startDownload() }
        stage = .listening
        log.info("\(options.output) is this update already")
        do throws(StateError) {
            if let key = update.key {
                try AntiRollback(directory: state.path).record(
                    AcceptedUpdate(sequence: update.manifest.sequence, object: update.manifest.object), from: key)
            }
        } catch {
            return fail(UpdateFailure(.failed, error.description))
        }
        tell(.complete)
        state.isCommandDone(update.manifest.object, place) ? done() : runCommand()
    }

    private func startDownload() {
        guard let (manifest, key) = update else { return }
        do {
            let download = try UpdateDownload(
                manifest, key: key, place: place, state: state, on: loop, log: log
            ) { [weak self] event in self?.handle(event) }
            stage = .receiving(download)
            told = (0, .now)
            if download.resumed > 0 { log.info("\(download.resumed) of \(download.needed) symbols are here already") }
            tell(.manifest)
            schedule.beginReports(at: .now)
            clock?.arm(at: schedule.next)
        } catch {
            stage = .listening
            fail(error as? UpdateFailure ?? UpdateFailure(.failed, "\(error)"))
        }
    }

    private func handle(_ event: UpdateDownload.Event) {
        switch event {
        case .decodable:
            leave()
            log.info("no more packets are needed")
        case .complete:
            tell(.complete)
            runCommand()
        case .damaged:
            log.warning("what an earlier run had left of \(options.output) was damaged; it is received again")
            dropDownload()
            join()
            startDownload()
        case .failed(let failure): fail(failure)
        }
    }

    /// Gives up what is being received; what has come of it is of no use any more.
    private func dropDownload() {
        if case .receiving(let download) = stage {
            malformed += download.forged
            download.discard()
        }
        stage = .listening
    }

    private func runCommand() {
        guard let update, !options.command.isEmpty else { return done() }
        do {
            let run = try CommandRun(
                options.command, for: update.manifest, key: update.key, file: options.output,
                output: options.commandOutput, on: loop
            ) { [weak self] exit in self?.commandEnded(exit) }
            stage = .running(run)
        } catch {
            fail(UpdateFailure(error, advice: "the update is at \(options.output)"))
        }
    }

    private func commandEnded(_ exit: ChildProcess.Exit) {
        guard exit == .code(0), let object = update?.manifest.object else {
            return fail(
                UpdateFailure(.failed, "\(options.command[0]) \(exit); the update is at \(options.output)"),
                isHere: true)
        }
        do { try state.recordCommand(object, place) } catch { log.warning("\(error); the command may be run again") }
        done()
    }

    private func done() {
        stage = .listening
        schedule.hasCompleted = true
        guard options.follows else { return finish(.success(())) }
        rest()
    }

    private func rest() {
        if schedule.rest(at: .now) { leave() } else { join() }
        clock?.arm(at: schedule.next)
    }

    /// - Parameter isHere: the update itself is, so there is nothing to try again.
    private func fail(_ failure: UpdateFailure, isHere: Bool = false) {
        guard options.follows else { return finish(.failure(failure)) }
        tell(.failed, error: failure.description)
        log.warning("\(failure)")
        if isHere { return done() }
        if case .receiving(let download) = stage { malformed += download.forged }
        stage = .listening
        selection.forget()
        schedule.pause(at: .now)
        join()
    }

    private func finish(_ outcome: Result<Void, any Error>) {
        guard result == nil else { return }
        result = outcome
        loop.stop()
    }

    private func leave() {
        guard isMember else { return }
        isMember = false
        do { try socket.leave() } catch { log.warning("\(error)") }
    }

    private func join() {
        guard !isMember else { return }
        do {
            try socket.join()
            isMember = true
        } catch {
            finish(.failure(UpdateFailure(error)))
        }
    }

    // MARK: the clock

    private func tick() {
        let now = Instant.now
        for due in schedule.take(at: now) {
            switch due {
            case .timeout:
                guard let failure = timedOut() else { continue }
                return finish(.failure(failure))
            case .report:
                guard case .receiving(let download) = stage else { continue }
                download.flush()
                tell(.progress)
                schedule.beginReports(at: now)
            case .listen: join()
            case .rest:
                if case .listening = stage { rest() }
            }
        }
        clock?.arm(at: schedule.next)
    }

    /// Why there is nothing; nil if what is going on is about to be done.
    private func timedOut() -> UpdateFailure? {
        switch stage {
        case .running, .comparing: return nil
        case .receiving(let download):
            guard !download.isDecodable else { return nil }
            return UpdateFailure(
                .timedOut,
                "timed out with \(download.received) of \(download.needed) symbols; they are kept for the next attempt")
        case .listening: break
        }
        let isUsable = (try? interface == "lo" || InterfaceChoice.usable().contains(interface)) ?? true
        return ReceiveSilence(
            group: options.group, port: options.port, interface: interface, isUsable: isUsable,
            hasSource: options.source != nil,
            refusal: selection.worst, early: early, malformed: malformed
        ).failure
    }

    private func tell(_ event: ReceiveReport.Event, error: String? = nil) {
        let now = Instant.now
        var line = ReceiveReport(event: event, interface: interface)
        line.rejected = malformed + selection.rejected
        if let manifest = update?.manifest {
            line.objectID = manifest.object.description
            line.sequence = manifest.sequence
            line.size = manifest.size
            line.needed = manifest.layout.object.symbolCount
        }
        if case .receiving(let download) = stage {
            line.received = download.received
            line.rejected += download.forged
            line.loss = download.lossShare
            let isEnd = event == .complete
            let octets = isEnd ? download.manifest.size : download.taken - told.octets
            let seconds = (now - (isEnd ? begun : told.at)).inSeconds
            line.rate = seconds > 0 ? Double(octets) * 8 / seconds : 0
            told = (download.taken, now)
        } else if event == .complete {
            line.received = line.needed
        }
        line.seconds = (now - started).inSeconds
        line.error = error
        report(line)
    }
}
