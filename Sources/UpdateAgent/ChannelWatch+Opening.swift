import EventLoop
import Glibc
import IPv6
import RouterControl
import UpdateTransport
import Varlink

extension ChannelWatch {
    /// Opens the stream of a channel at the control socket of a router agent.
    static func opening(
        _ group: IPv6Address, source: IPv6Address?, at path: String, on loop: EpollLoop
    ) -> Open {
        let channel = ChannelSelection(groupAddress: group.description, sourceAddress: source?.description)
        return { (onReply, onEnd) throws(Loss) in
            var isWatching = false
            do throws(VarlinkError) {
                return try VarlinkStream(
                    path: path, method: RouterMethod.watchChannel.qualifiedName, parameters: channel, on: loop,
                    onReply: { reply in
                        do {
                            onReply(try reply.decode(WatchedChannel.self))
                            isWatching = true
                        } catch {
                            onEnd(Loss(reason: "\(error)", failure: .refused))
                        }
                    }, onEnd: { onEnd(Loss(reason: $0.reason, failure: $0.failure(whileWatching: isWatching))) })
            } catch {
                throw Loss(reason: "\(error)", failure: error.failure)
            }
        }
    }
}

extension VarlinkError {
    fileprivate var failure: ReconnectDelay.Failure {
        guard case .unreachable(_, let error) = self else { return .refused }
        return [ENOENT, ECONNREFUSED].contains(error.errno) ? .absent : .refused
    }
}

extension VarlinkStreamEnd {
    /// A connection that ends while its channel is watched ends with the agent; one that ends before was refused, such as
    /// by an agent that has too many.
    fileprivate func failure(whileWatching isWatching: Bool) -> ReconnectDelay.Failure {
        switch self {
        case .closed, .failed: isWatching ? .absent : .refused
        case .finished, .error, .malformed: .refused
        }
    }

    /// Why a stream that should never end has ended.
    fileprivate var reason: String {
        switch self {
        case .finished: "it ended the watch"
        case .closed: "it closed the connection"
        case .error(RouterError.tooManyConnections.qualifiedName, _): "it has too many connections"
        case .error(let name, let reply): "\(name) \(String(decoding: reply.octets, as: UTF8.self))"
        case .malformed(let reason): reason
        case .failed(let error): "\(error)"
        }
    }
}
