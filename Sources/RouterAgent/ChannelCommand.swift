import CLinux
import Glibc
import LinuxSystem

/// The running program of a channel. It dies with the agent, however that ends (parent-death signal).
final class ChannelCommand {
    let process: ChildProcess

    init(_ arguments: [String], environment: [String: String]) throws(SystemError) {
        var options = ChildProcess.Options()
        options.parentDeathSignal = SIGTERM
        process = try ChildProcess(arguments, environment: environment, options: options)
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
