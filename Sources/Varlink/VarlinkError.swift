import LinuxSystem

/// Why a call to a service had no result.
public enum VarlinkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nobody answers on the socket, or it may not be opened.
    case unreachable(path: String, SystemError)
    /// The service closed the connection before its last reply.
    case closed
    /// The connection failed.
    case failed(SystemError)
    /// No reply within the time allowed.
    case timedOut
    /// What came is not a message.
    case malformed(String)
    /// A message came, but a member is not what it should be.
    case unexpected(member: String, reason: String)
    /// The method answered an error; its parameters can be decoded.
    case replied(error: String, VarlinkReply)

    public var description: String {
        switch self {
        case .unreachable(_, let error): "\(error)"
        case .closed: "the service closed the connection before it had answered"
        case .failed(let error): "\(error)"
        case .timedOut: "the service did not answer in time"
        case .malformed(let reason): "not a Varlink message: \(reason)"
        case .unexpected(let member, let reason): "\(member.isEmpty ? "message" : member): \(reason)"
        case .replied(let error, let reply): "\(error) \(String(decoding: reply.octets, as: UTF8.self))"
        }
    }
}
