import CLinux
import Glibc
public import LinuxSystem
public import Timing

/// One timerfd on a loop: armed for an absolute instant, fires once.
public struct LoopTimer: ~Copyable {
    private let loop: EpollLoop
    private let descriptor: Descriptor
    private var armed: Instant?

    public init(on loop: EpollLoop, handler: @escaping () -> Void) throws(SystemError) {
        let descriptor = try Descriptor(
            "timerfd_create", timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK)))
        let number = descriptor.number
        try loop.watch(number) { _ in
            var expirations: UInt64 = 0
            guard read(number, &expirations, MemoryLayout.size(ofValue: expirations)) > 0 else { return }
            handler()
        }
        self.loop = loop
        self.descriptor = descriptor
    }

    deinit { loop.unwatch(descriptor.number) }

    /// Arms for `instant`, at once if that has passed; nil disarms. Arming again for the same instant costs no system
    /// call, so a handler that finds nothing due must arm again after `fired`.
    public mutating func arm(at instant: Instant?) {
        if instant == armed { return }
        armed = instant
        var value = itimerspec()
        if let instant, instant != .distantFuture {
            let nanoseconds = max(instant.nanoseconds, 1)  // zero would disarm
            value.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
            value.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        timerfd_settime(descriptor.number, Int32(TFD_TIMER_ABSTIME), &value, nil)
    }

    /// To be called first in the handler: the timer is no longer armed.
    public mutating func fired() { armed = nil }
}
