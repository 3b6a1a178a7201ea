import CLinux
import Glibc
import LinuxSystem

/// The running program of a channel. It dies with the agent, however that ends (parent-death signal).
///
/// It leads a process group, so that what it started itself, as a shell script does, ends with it: otherwise a second
/// copy would be started beside what is left of the first.
final class ChannelCommand {
    private let process: ChildProcess

    var pid: Int32 { process.pid }
    /// Readable once the program has ended.
    var descriptor: Int32 { process.pidfd.number }

    init(_ arguments: [String], environment: [String: String]) throws(SystemError) {
        var options = ChildProcess.Options()
        options.parentDeathSignal = SIGTERM
        options.newProcessGroup = true
        process = try ChildProcess(arguments, environment: environment, options: options)
    }

    func send(signal: Int32) { process.sendToGroup(signal: signal) }

    /// How it ended, or nil while it runs. What it has left behind is ended.
    func reap() -> ChildProcess.Exit? {
        guard hasEnded else { return nil }
        process.sendToGroup(signal: SIGKILL)  // before it is reaped: its id is not its own afterwards
        return process.reap()
    }

    private var hasEnded: Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    /// The agent's own environment, without what speaks of the agent as a service.
    static let inheritedEnvironment: [String: String] = {
        var result: [String: String] = [:]
        var variable = lc_environ()
        while let text = variable?.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
            variable = variable?.advanced(by: 1)
        }
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] { result[name] = nil }
        return result
    }()
}
