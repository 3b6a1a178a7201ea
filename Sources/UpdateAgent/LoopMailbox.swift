import CLinux
import EventLoop
import Glibc
import LinuxSystem
import Synchronization

/// Brings messages of other threads to a loop.
final class LoopMailbox<Message: Sendable> {
    /// What other threads hold: it may outlive the mailbox, and then nobody reads.
    final class Slot: Sendable {
        private let messages = Mutex<[Message]>([])
        fileprivate let event: Descriptor

        fileprivate init() throws(SystemError) {
            event = try Descriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
        }

        /// From any thread.
        func post(_ message: Message) {
            messages.withLock { $0.append(message) }
            var one: UInt64 = 1
            _ = write(event.number, &one, MemoryLayout.size(ofValue: one))
        }

        fileprivate func take() -> [Message] {
            var count: UInt64 = 0
            _ = read(event.number, &count, MemoryLayout.size(ofValue: count))
            return messages.withLock { messages in
                let taken = messages
                messages = []
                return taken
            }
        }
    }

    let slot: Slot
    private let loop: EpollLoop

    /// - Parameter handler: called on the loop; not any more once the mailbox is gone.
    init(on loop: EpollLoop, handler: @escaping (Message) -> Void) throws(SystemError) {
        let slot = try Slot()
        self.slot = slot
        self.loop = loop
        try loop.watch(slot.event.number) { _ in for message in slot.take() { handler(message) } }
    }

    deinit { loop.unwatch(slot.event.number) }
}
