import Glibc
import Timing

/// What a process has used, from the kernel.
public struct ProcessUsage: Equatable, Sendable {
    /// User and system time of all its threads, those that have ended included.
    public var processorTime: Duration
    /// Octets of memory resident now.
    public var residentSize: Int
    /// Octets of memory resident at most so far.
    public var peakResidentSize: Int

    /// nil once the process has ended.
    public init?(of pid: pid_t) {
        guard let processorTime = Self.processorTime(of: pid),
            let status = try? LabDirectory.read("/proc/\(pid)/status")
        else { return nil }
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        func octets(_ name: String) -> Int? {
            let words = lines.first { $0.hasPrefix(name) }?.split { $0 == " " || $0 == "\t" } ?? []
            return words.count >= 2 ? Int(words[1]).map { $0 * 1024 } : nil
        }
        guard let resident = octets("VmRSS:"), let peak = octets("VmHWM:") else { return nil }
        self.processorTime = processorTime
        residentSize = resident
        peakResidentSize = peak
    }

    /// Still known of a process that has ended and was not reaped.
    static func processorTime(of pid: pid_t) -> Duration? {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
