import Glibc
import Timing

/// What a process has used, from the kernel.
public struct ProcessUsage: Equatable, Sendable {
    /// User and system time of all its threads, those that have ended included.
    public var processorTime: Duration
    /// Octets of memory resident now.
    public var residentSize: Int

    /// nil once the process has ended.
    public init?(of pid: pid_t) {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0,
            let status = try? LabDirectory.read("/proc/\(pid)/status")
        else { return nil }
        let resident = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let words = resident?.split(whereSeparator: { $0 == " " || $0 == "\t" }), words.count >= 2,
            let kilobytes = Int(words[1])
        else { return nil }
        processorTime = .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        residentSize = kilobytes * 1024
    }
}
