import CLinux
import EventLoop
import Glibc
import JSONText
import LinuxSystem

/// How a stream of replies has ended.
public enum VarlinkStreamEnd: Equatable, Sendable {
    /// With its last reply.
    case finished
    /// The service closed the connection.
    case closed
    /// With an error of the method.
    case error(name: String, VarlinkReply)
    /// The service sent what is not a reply.
    case malformed(String)
    /// The connection failed.
    case failed(SystemError)
}

/// A client's call with `more` on an event loop.
// @unchecked Sendable: belongs to the thread of the loop; it is Sendable so that the actor on that loop can hold it.
public final class VarlinkStream: @unchecked Sendable {
    private var descriptor: Descriptor?
    private let loop: EpollLoop
    // Given up at the end, for they tend to hold the stream itself.
    private var onReply: ((VarlinkReply) -> Void)?
    private var onEnd: ((VarlinkStreamEnd) -> Void)?
    private var incoming: MessageFramer
    private var outgoing = OutgoingMessages()
    private var scratch = [UInt8](repeating: 0, count: 64 << 10)

    /// Connects and calls `method` (with its interface). `onReply` is called with each reply and `onEnd` once, both
    /// later, from the loop; the last reply comes before `onEnd(.finished)`. The stream ends when this object goes.
    ///
    /// - Throws: `.unreachable` if nobody listens on the path or this user may not connect.
    public init(
        path: String, method: String, parameters: some JSONWritable, longestReply: Int = 64 << 20, on loop: EpollLoop,
        onReply: @escaping (VarlinkReply) -> Void, onEnd: @escaping (VarlinkStreamEnd) -> Void
    ) throws(VarlinkError) {
        let descriptor = try connectedSocket(path, flags: SOCK_NONBLOCK.rawValue)
        let number = descriptor.number
        self.descriptor = consume descriptor
        self.loop = loop
        self.onReply = onReply
        self.onEnd = onEnd
        incoming = MessageFramer(limit: longestReply)
        outgoing.append(CallMessage.octets(method: method, parameters: parameters, more: true))
        do throws(SystemError) {
            try flush(number)
            try loop.watch(number, for: outgoing.isEmpty ? .readable : [.readable, .writable]) {
                [weak self] readiness in
                self?.ready(number, readiness)
            }
        } catch {
            throw .failed(error)
        }
    }

    deinit { cancel() }

    /// Whether replies can still come.
    public var isOpen: Bool { descriptor != nil }

    /// Ends the stream; nothing is called any more.
    public func cancel() {
        guard let number = descriptor?.number else { return }
        loop.unwatch(number)
        descriptor = nil
        onReply = nil
        onEnd = nil
    }

    private func end(_ end: VarlinkStreamEnd) {
        guard isOpen else { return }
        let onEnd = onEnd
        cancel()
        onEnd?(end)
    }

    private func ready(_ number: Int32, _ readiness: EpollLoop.Readiness) {
        do throws(SystemError) {
            if readiness.contains(.writable) {
                try flush(number)
                if outgoing.isEmpty { try loop.modify(number, for: .readable) }
            }
            switch try incoming.receive(from: number, scratch: &scratch) {
            case .octets: deliver()
            case .nothing: break
            case .end: end(.closed)
            }
        } catch {
            end(error.isClosing ? .closed : .failed(error))
        }
    }

    /// A service that has closed may have answered before: that there are too many connections.
    private func flush(_ number: Int32) throws(SystemError) {
        do throws(SystemError) { try outgoing.flush(to: number) } catch {
            guard error.isClosing else { throw error }
            outgoing.drop()
        }
    }

    private func deliver() {
        do {
            while isOpen, let message = try incoming.next() {
                let answer = try ReplyMessage(parsing: message)
                if let error = answer.error { return end(.error(name: error, answer.reply)) }
                onReply?(answer.reply)
                if !answer.reply.continues { return end(.finished) }
            }
        } catch is MessageFramer.TooLong {
            end(.malformed("a reply of more than \(incoming.limit) octets"))
        } catch {
            end(.malformed("\(error)"))
        }
    }
}
