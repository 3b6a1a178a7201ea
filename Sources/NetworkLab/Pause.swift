import Glibc
import LinuxSystem
import Timing

/// Keeps the calling thread waiting while things happen elsewhere.
public func pause(_ time: Duration) {
    let end = Instant.now + time
    var deadline = timespec(tv_sec: Int(end.nanoseconds / 1_000_000_000), tv_nsec: Int(end.nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
}
