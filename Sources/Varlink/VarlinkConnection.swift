import CLinux
import Glibc
import JSONText
import LinuxSystem

/// A client's connection that waits for replies: for programs that do one thing after the other.
public final class VarlinkConnection {
    /// Octets of the longest reply that is accepted.
    public static let longestReply = 1 << 30

    private let descriptor: Descriptor
    private var incoming = MessageFramer(limit: longestReply)
    private var scratch = [UInt8](repeating: 0, count: 256 << 10)

    /// Connects.
    ///
    /// - Throws: `.unreachable`, with ECONNREFUSED or ENOENT if nobody listens, EACCES if this user may not connect.
    public init(path: String) throws(VarlinkError) {
        descriptor = try connectedSocket(path, flags: 0)
    }

    /// Calls a method (with its interface) and waits for its reply, at most `timeout` seconds for each part of it.
    public func call(_ method: String, _ parameters: some JSONWritable, timeout: Int = 30) throws(VarlinkError)
        -> VarlinkReply
    {
        try send(CallMessage.octets(method: method, parameters: parameters, more: false))
        setTimeout(timeout)
        return try receive()
    }

    /// Calls a method with `more` and gives each of its replies to `each`, until that answers false or it was the last.
    public func stream(_ method: String, _ parameters: some JSONWritable, each: (VarlinkReply) throws -> Bool) throws {
        try send(CallMessage.octets(method: method, parameters: parameters, more: true))
        setTimeout(0)
        while true {
            let reply = try receive()
            guard try each(reply), reply.continues else { return }
        }
    }

    private func setTimeout(_ seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private func send(_ message: [UInt8]) throws(VarlinkError) {
        var outgoing = OutgoingMessages()
        outgoing.append(message)
        do throws(SystemError) {
            try outgoing.flush(to: descriptor.number)
        } catch  where error.isClosing {
            // The service may have answered before it closed: that there are too many connections.
        } catch {
            throw .failed(error)
        }
    }

    private func receive() throws(VarlinkError) -> VarlinkReply {
        while true {
            if let message = try nextMessage() {
                let answer = try ReplyMessage(parsing: message)
                if let error = answer.error { throw .replied(error: error, answer.reply) }
                return answer.reply
            }
            do throws(SystemError) {
                switch try incoming.receive(from: descriptor.number, scratch: &scratch) {
                case .octets: continue
                case .nothing: throw SystemError("recv", errno: EAGAIN)
                case .end: throw SystemError("recv", errno: ECONNRESET)
                }
            } catch {
                switch error.errno {
                case EAGAIN: throw .timedOut
                case ECONNRESET: throw .closed
                default: throw .failed(error)
                }
            }
        }
    }

    private func nextMessage() throws(VarlinkError) -> [UInt8]? {
        do throws(MessageFramer.TooLong) {
            return try incoming.next()
        } catch {
            throw .malformed("a reply of more than \(Self.longestReply) octets")
        }
    }
}

/// A socket connected to a path.
func connectedSocket(_ path: String, flags: UInt32) throws(VarlinkError) -> Descriptor {
    do throws(SystemError) {
        guard let address = UnixSocketAddress(path) else { throw SystemError("connect \(path)", errno: ENAMETOOLONG) }
        let descriptor = try Descriptor(
            "socket", socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags), 0))
        try check("connect \(path)", address.withPointer { connect(descriptor.number, $0, $1) })
        return descriptor
    } catch {
        throw .unreachable(path: path, error)
    }
}

extension SystemError {
    /// What writing to a connection answers whose other end has closed it.
    var isClosing: Bool { errno == EPIPE || errno == ECONNRESET }
}
