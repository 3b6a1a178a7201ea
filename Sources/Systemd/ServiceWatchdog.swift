import Glibc

/// What the service manager's watchdog wants of this process (sd_watchdog_enabled(3)).
public struct ServiceWatchdog: Equatable, Sendable {
    /// The service is taken for stuck if `WATCHDOG=1` does not come within this time.
    public let timeout: Duration

    /// nil where there is no watchdog, or it watches another process.
    ///
    /// - Parameters:
    ///   - microseconds: `WATCHDOG_USEC`.
    ///   - process: `WATCHDOG_PID`.
    public init?(microseconds: String?, process: String?, of own: pid_t) {
        guard let microseconds = microseconds.flatMap(Int64.init), microseconds > 0 else { return nil }
        if let process, pid_t(process) != own { return nil }
        timeout = .microseconds(microseconds)
    }

    /// As the environment says.
    public init?() {
        let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
        self.init(microseconds: variable("WATCHDOG_USEC"), process: variable("WATCHDOG_PID"), of: getpid())
    }

    /// How often to send it: twice in that time, as the manual recommends.
    public var interval: Duration { timeout / 2 }
}
