import CLinux
import Glibc
public import LinuxSystem
import Synchronization
import Timing

/// Signals as events of a loop, and a thread that does not rely on that loop: if it is stuck, the signals that are to
/// end the program end it all the same.
///
/// The thread waits for the signals and hands them to the loop. They are blocked for the whole process first, so make
/// this before any other thread.
public final class GuardedSignals {
    /// What thread and loop share.
    private final class Shared: Sendable {
        struct Arrival {
            var signal: Int32
            var at: Instant
        }

        let arrivals = Mutex<[Arrival]>([])
        let event: Descriptor
        let isClosed = Atomic<Bool>(false)

        init() throws(SystemError) { event = try Descriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))) }

        func post(_ signal: Int32) {
            arrivals.withLock { $0.append(Arrival(signal: signal, at: .now)) }
            var one: UInt64 = 1
            _ = write(event.number, &one, MemoryLayout.size(ofValue: one))
        }

        func take() -> [Arrival] {
            var count: UInt64 = 0
            _ = read(event.number, &count, MemoryLayout.size(ofValue: count))
            return arrivals.withLock { arrivals in
                let taken = arrivals
                arrivals = []
                return taken
            }
        }
    }

    private let loop: EpollLoop
    private let shared: Shared
    /// Where the signals are waited for.
    let thread: pthread_t
    private let first: Int32

    /// - Parameters:
    ///   - ending: those of `signals` that are to end the program.
    ///   - patience: for how long one of those may wait for the loop.
    ///   - handler: called on the loop.
    ///   - onStuck: called on the thread when that time is over; it is to end the process, relying on nothing that the
    ///     loop may be at.
    public init(
        _ signals: [Int32], ending: Set<Int32>, patience: Duration = .seconds(5), on loop: EpollLoop,
        handler: @escaping (_ signal: Int32) -> Void, onStuck: @escaping @Sendable (_ signal: Int32) -> Void
    ) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let shared = try Shared()
        try loop.watch(shared.event.number) { _ in for arrival in shared.take() { handler(arrival.signal) } }
        let watch = Watch(set: set, ending: ending, patience: patience, shared: shared, onStuck: onStuck)
        let box = Unmanaged.passRetained(watch)
        var started = pthread_t()
        let status = pthread_create(
            &started, nil,
            { raw in
                if let raw { Unmanaged<Watch>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            loop.unwatch(shared.event.number)
            throw SystemError("start a thread", errno: status)
        }
        self.loop = loop
        self.shared = shared
        thread = started
        first = signals.first ?? SIGTERM
    }

    deinit {
        loop.unwatch(shared.event.number)
        shared.isClosed.store(true, ordering: .releasing)
        pthread_kill(thread, first)  // wakes it
        pthread_join(thread, nil)
    }

    /// The thread's own.
    private final class Watch: Sendable {
        let set: sigset_t
        let ending: Set<Int32>
        let patience: Duration
        let shared: Shared
        let onStuck: @Sendable (Int32) -> Void

        init(
            set: sigset_t, ending: Set<Int32>, patience: Duration, shared: Shared,
            onStuck: @escaping @Sendable (Int32) -> Void
        ) {
            self.set = set
            self.ending = ending
            self.patience = patience
            self.shared = shared
            self.onStuck = onStuck
        }

        func run() {
            while true {
                let waiting = shared.arrivals.withLock { $0.first { ending.contains($0.signal) } }
                let signal = nextSignal(within: waiting.map { max($0.at + patience - .now, .zero) })
                if shared.isClosed.load(ordering: .acquiring) { return }
                if let signal {
                    shared.post(signal)
                } else if let waiting, waiting.at + patience <= .now, isStillWaiting(waiting) {
                    onStuck(waiting.signal)
                    return
                }
            }
        }

        private func isStillWaiting(_ arrival: Shared.Arrival) -> Bool {
            shared.arrivals.withLock { $0.first { ending.contains($0.signal) }?.at == arrival.at }
        }

        /// nil if none comes in time.
        private func nextSignal(within time: Duration?) -> Int32? {
            var set = set
            guard let time else {
                let signal = sigwaitinfo(&set, nil)
                return signal > 0 ? signal : nil
            }
            let (seconds, attoseconds) = time.components
            var timeout = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            let signal = sigtimedwait(&set, nil, &timeout)
            return signal > 0 ? signal : nil
        }
    }
}
