public import EventLoop
import Glibc
import LinuxNetwork
import LinuxSystem
public import Logging
import Systemd
import Timing
import UpdateTrust

/// Receives an update, or one after the other. Everything but decoding, hashing and waiting for the disk happens on its loop's
/// thread.
public final class ReceiveAgent {
    enum Stage {
        /// Waits for a manifest.
        case listening
        /// Finds out whether the file at the path is the update.
        case comparing(FileComparison)
        case receiving(UpdateDownload)
        case running(CommandRun)
    }

    /// Log lines that whoever can pull a cable, or make a link flap, can provoke.
    enum LogTopic { case joined, interface }

    let options: ReceiveOptions
    let loop: EpollLoop
    let log: Logger
    let report: (ReceiveReport) -> Void
    var network: NetworkWatch?
    var membership: ReceiveMembership
    /// While it is a member.
    var socket: UDPMulticastReceiver?
    var limitedLog = RateLimitedLog<LogTopic>()
    let place: OutputPlace
    let state: StateDirectory
    var selection: ManifestSelection
    var stage = Stage.listening
    var update: (manifest: UpdateManifest, key: KeyID?)?
    var clock: LoopTimer?
    var schedule: ReceiveSchedule
    var refusals = RefusalLog()

    let started = Instant.now
    var begun = Instant.now
    /// Packets of no known form, and those of earlier downloads that were forged.
    var malformed: UInt64 = 0
    /// Packets of the update that is being received, its manifests aside.
    var heard: UInt64 = 0
    /// Packets of updates that came before a manifest.
    var early: UInt64 = 0
    var told: (octets: UInt64, at: Instant)
    var result: Result<Void, any Error>?

    /// Checks the output path and the state directory.
    ///
    /// - Parameters:
    ///   - loop: ends with `stop`; `run` then returns false.
    ///   - report: called on the loop.
    /// - Throws: `UpdateFailure` if the file could not be written.
    public init(_ options: ReceiveOptions, on loop: EpollLoop, log: Logger, report: @escaping (ReceiveReport) -> Void)
        throws
    {
        place = try OutputPlace(options.output)
        state = try StateDirectory(options.state)
        membership = ReceiveMembership(name: options.interface)
        selection = ManifestSelection(
            trust: options.trust, policy: options.policy, rollback: AntiRollback(directory: options.state))
        schedule = ReceiveSchedule(
            started: started, timeout: options.timeout, follows: options.follows, interval: options.followInterval,
            pause: options.failurePause)
        self.options = options
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
        try beginMembership()
        defer {
            endMembership()
            clock = nil
            if case .receiving(let download) = stage { download.close() }
            stage = .listening
        }
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
}
