import CLinux
import Glibc
public import LinuxSystem
import Synchronization

/// One epoll loop on one thread, and the executor of the actors that live on it.
///
/// An actor that answers this loop as its `unownedExecutor` runs only here, so a handler registered here is inside the
/// isolation of that actor: it is called synchronously, without a hop. Everything but `enqueue` and `stop` must be
/// called on the loop's thread, which is the one that calls `run` (before `run`, the one that made the loop).
// @unchecked Sendable: `jobs` and `stopping` are synchronized; all else is touched on the loop's thread only, which
// `checkIsolated` verifies for every actor entry.
public final class EpollLoop: SerialExecutor, @unchecked Sendable {
    /// What a descriptor is watched for. Errors and hang-ups are always reported.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// The other end has closed, or the descriptor failed.
        public static let hangup = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue)
    }

    public typealias Handler = (Readiness) -> Void

    private struct Watch {
        var generation: UInt32
        var handler: Handler
    }

    private static let jobsInARound = 16

    private let epoll: Descriptor
    private let wakeup: Descriptor
    private var watches: [Int32: Watch] = [:]
    private var generation: UInt32 = 0
    private var postponed: [() -> Void] = []
    private var thread = pthread_self()
    private let jobs = Mutex<[UnownedJob]>([])
    private let stopping = Atomic<Bool>(false)

    public init() throws(SystemError) {
        epoll = try Descriptor("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC)))
        wakeup = try Descriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        let number = wakeup.number
        try watch(number) { _ in
            var count: UInt64 = 0
            _ = read(number, &count, MemoryLayout.size(ofValue: count))
        }
    }

    /// Calls `handler` on this loop whenever the descriptor is ready (level-triggered). The descriptor stays the
    /// caller's, who must call `unwatch` before closing it.
    public func watch(_ descriptor: Int32, for interest: Readiness = .readable, handler: @escaping Handler)
        throws(SystemError)
    {
        generation &+= 1
        try control(EPOLL_CTL_ADD, descriptor, interest, generation)
        watches[descriptor] = Watch(generation: generation, handler: handler)
    }

    /// Changes what a watched descriptor is watched for.
    public func modify(_ descriptor: Int32, for interest: Readiness) throws(SystemError) {
        guard let watch = watches[descriptor] else { return }
        try control(EPOLL_CTL_MOD, descriptor, interest, watch.generation)
    }

    /// Forgets a descriptor. Readiness already fetched for it is dropped.
    public func unwatch(_ descriptor: Int32) {
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor, nil)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Readiness, _ generation: UInt32)
        throws(SystemError)
    {
        var event = epoll_event(
            events: interest.rawValue, data: epoll_data(u64: UInt64(generation) << 32 | UInt64(UInt32(descriptor))))
        try check("epoll_ctl", epoll_ctl(epoll.number, operation, descriptor, &event))
    }

    /// Runs until `stop`. The calling thread becomes the loop's thread.
    public func run() throws(SystemError) {
        thread = pthread_self()
        let capacity = 64
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        defer { events.deallocate() }
        while true {
            let hasMoreJobs = runJobs()
            runPostponed()
            if stopping.load(ordering: .acquiring) { break }
            let isIdle = postponed.isEmpty && !hasMoreJobs
            let count = epoll_wait(epoll.number, events, Int32(capacity), isIdle ? -1 : 0)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemError("epoll_wait")
            }
            for index in 0..<Int(count) {
                let data = events[index].data.u64
                guard let watch = watches[Int32(truncatingIfNeeded: data)], watch.generation == UInt32(data >> 32)
                else {
                    continue  // unwatched by an earlier handler of this round
                }
                watch.handler(Readiness(rawValue: events[index].events))
            }
        }
        stopping.store(false, ordering: .releasing)
    }

    /// Calls `body` once all handlers of this round have returned: for what must not happen inside of what is going on.
    /// What `body` postpones in its turn waits for the next round, so that descriptors get their turn.
    public func postpone(_ body: @escaping () -> Void) { postponed.append(body) }

    private func runPostponed() {
        guard !postponed.isEmpty else { return }
        let batch = postponed
        postponed = []
        for body in batch { body() }
    }

    /// Makes `run` return after the current round. From any thread.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        wake()
    }

    // MARK: SerialExecutor

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        wake()
    }

    public func checkIsolated() {
        precondition(isCurrent, "this code belongs to the event loop's thread")
    }

    private var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Runs some of the jobs that are there. The others, and those that they bring, wait for the next rounds, so that
    /// descriptors get their turn.
    ///
    /// - Returns: whether there are others.
    private func runJobs() -> Bool {
        let (batch, hasMore) = jobs.withLock { queue in
            let batch = Array(queue.prefix(Self.jobsInARound))
            queue.removeFirst(batch.count)
            return (batch, !queue.isEmpty)
        }
        for job in batch { job.runSynchronously(on: asUnownedSerialExecutor()) }
        return hasMore
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeup.number, &one, MemoryLayout.size(ofValue: one))
    }
}
