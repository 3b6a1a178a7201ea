import Glibc
import LinuxSystem
import Timing

extension Instant {
    /// The instant of a time that the kernel stamped on a packet (nanoseconds of CLOCK_REALTIME); now, if it gave none.
    init(realtime nanoseconds: UInt64) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Instant.now
        let realtime = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        guard nanoseconds != 0, nanoseconds <= realtime else {
            self = now
            return
        }
        self = now + .nanoseconds(-Int64(clamping: realtime - nanoseconds))
    }
}
