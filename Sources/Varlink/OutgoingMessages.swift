import DequeModule
import Glibc
import LinuxSystem

/// Messages on their way into a socket that takes what it can.
struct OutgoingMessages {
    private var messages: Deque<[UInt8]> = []
    /// How much of the first message has been sent.
    private var offset = 0
    /// Octets not yet sent.
    private(set) var unsent = 0
    /// Octets sent since the beginning.
    private(set) var sent = 0

    /// Octets ever appended and not dropped.
    var end: Int { sent + unsent }
    var isEmpty: Bool { unsent == 0 }

    mutating func append(_ message: [UInt8]) {
        messages.append(message)
        unsent += message.count
    }

    /// Sends until the socket takes no more.
    mutating func flush(to descriptor: Int32) throws(SystemError) {
        while let message = messages.first {
            let count = message[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                throw SystemError("send")
            }
            offset += count
            sent += count
            unsent -= count
            if offset == message.count {
                messages.removeFirst()
                offset = 0
            }
        }
    }

    /// Forgets the messages of which nothing has been sent.
    mutating func dropUnstarted() {
        let kept = offset > 0 ? 1 : 0
        for message in messages.dropFirst(kept) { unsent -= message.count }
        messages.removeLast(messages.count - kept)
    }
}
