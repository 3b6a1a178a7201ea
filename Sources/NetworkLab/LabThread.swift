import CLinux
import Glibc
import LinuxSystem

/// A thread of its own for one job, with a descriptor by which it is told to stop.
final class LabThread: Sendable {
    private let stopping: Int32
    private let thread: pthread_t

    /// Starts `body`, which ends soon after the descriptor given to it becomes readable.
    init(_ body: @escaping @Sendable (_ stopping: Int32) -> Void) throws(SystemError) {
        let event = try check("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        var thread = pthread_t()
        let job = Unmanaged.passRetained(Job { body(event) })
        let status = pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().body() }
                return nil
            }, job.toOpaque())
        guard status == 0 else {
            job.release()
            close(event)
            throw SystemError("start a thread", errno: status)
        }
        self.stopping = event
        self.thread = thread
    }

    /// Tells the thread to stop and waits for it.
    deinit {
        var one: UInt64 = 1
        _ = write(stopping, &one, MemoryLayout.size(ofValue: one))
        pthread_join(thread, nil)
        close(stopping)
    }

    private final class Job {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}

/// Waits until one of the descriptors is readable or has been hung up; true for each that is. −1 is never ready.
func waitReadable(_ descriptors: [Int32], milliseconds: Int32 = -1) -> [Bool] {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&polled, nfds_t(polled.count), milliseconds) < 0 && errno == EINTR {}
    return polled.map { $0.revents != 0 }
}
