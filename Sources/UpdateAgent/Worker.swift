import CLinux
import Glibc
import LinuxSystem
import Synchronization

/// Tasks for one other thread, in order.
final class TaskQueue<Task: Sendable>: Sendable {
    private struct State {
        var tasks: [Task] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Counts the tasks, and one more when it is closed.
    private let semaphore: Descriptor

    init() throws(SystemError) { semaphore = try Descriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_SEMAPHORE))) }

    func put(_ task: Task) {
        state.withLock { $0.tasks.append(task) }
        signal()
    }

    /// Forgets what is waiting; `next` answers nil from now on.
    func close() {
        state.withLock {
            $0.tasks = []
            $0.isClosed = true
        }
        signal()
    }

    var isEmpty: Bool { state.withLock { $0.tasks.isEmpty } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Waits for a task; nil once the queue is closed.
    func next() -> Task? {
        while true {
            if let task = poll() { return task }
            if isClosed { return nil }
            var count: UInt64 = 0
            _ = read(semaphore.number, &count, MemoryLayout.size(ofValue: count))
        }
    }

    /// A task if there is one.
    func poll() -> Task? { state.withLock { $0.tasks.isEmpty ? nil : $0.tasks.removeFirst() } }

    private func signal() {
        var one: UInt64 = 1
        _ = write(semaphore.number, &one, MemoryLayout.size(ofValue: one))
    }
}

/// A thread that works off a queue. When its owner goes, it is waited for; what has not begun by then is not done.
final class Worker<Task: Sendable>: Sendable {
    private let queue: TaskQueue<Task>
    private let thread: pthread_t

    /// - Parameter body: runs on the thread until it returns, which it must once the queue is closed.
    init(_ body: @escaping @Sendable (TaskQueue<Task>) -> Void) throws(SystemError) {
        let queue = try TaskQueue<Task>()
        let box = Unmanaged.passRetained(ThreadBody { body(queue) })
        var started = pthread_t()
        let status = pthread_create(
            &started, nil,
            { raw in
                if let raw { Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw SystemError("start a thread", errno: status)
        }
        self.queue = queue
        thread = started
    }

    deinit {
        queue.close()
        pthread_join(thread, nil)
    }

    func put(_ task: Task) { queue.put(task) }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
