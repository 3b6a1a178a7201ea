import Timing

/// The most memory that a program has had resident. The kernel forgets it with the process, so it is asked now and then.
struct PeakMemory {
    private(set) var octets = 0
    private var next = Instant.now

    /// Asks, unless it has just been done: it is not free.
    mutating func look(at process: LabProcess) {
        let now = Instant.now
        guard now >= next, process.exit == nil else { return }
        next = now + .milliseconds(20)
        octets = max(octets, ProcessUsage(of: process.pid)?.peakResidentSize ?? 0)
    }
}
