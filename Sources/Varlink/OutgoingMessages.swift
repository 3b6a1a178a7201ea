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

    /// Sends until the socket takes no more, or `limit` octets: a reader who is as fast as this writes must not keep
    /// others waiting.
    mutating func flush(to descriptor: Int32, limit: Int = .max) throws(SystemError) {
        let before = sent
        while sent - before < limit, let message = messages.first {
            let part = message[offset...].prefix(limit - (sent - before))
            let count = part.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
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

    /// Forgets all that has not been sent.
    mutating func drop() {
        messages.removeAll()
        offset = 0
        unsent = 0
    }
}
