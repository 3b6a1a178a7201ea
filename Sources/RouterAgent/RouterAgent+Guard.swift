import EventLoop
import Glibc
import LinuxSystem
import Logging
import Systemd
import Timing

/// What sees to it that a loop that is stuck does not stay so: the service manager's watchdog, which only the loop feeds,
/// and signals that end the program whatever the loop is at.
extension RouterAgent {
    /// How the process ends if its loop does not take the signal (EX_SOFTWARE).
    static let stuckExitCode: Int32 = EX_SOFTWARE

    func openSignals() throws {
        signals = try GuardedSignals(
            [SIGTERM, SIGINT, SIGHUP], ending: [SIGTERM, SIGINT], on: loop,
            handler: { [unowned self] in handle(signal: $0) },
            onStuck: { [log, leftovers] signal in
                log.critical(
                    "the agent is stuck and does not stop: ended without it",
                    metadata: ["reason": "\(signal == SIGINT ? "SIGINT" : "SIGTERM")"])
                alarm(2)  // ends the process if cleaning up should take longer
                leftovers.remove()
                _exit(Self.stuckExitCode)
            })
    }

    func openWatchdog() throws {
        guard let watchdog = ServiceWatchdog() else { return }
        watchdogTimer = try LoopTimer(on: loop) { [unowned self] in feed(watchdog) }
        feed(watchdog)
    }

    private func feed(_ watchdog: ServiceWatchdog) {
        watchdogTimer?.fired()
        notifier.send("WATCHDOG=1")
        watchdogTimer?.arm(at: .now + watchdog.interval)
    }
}
