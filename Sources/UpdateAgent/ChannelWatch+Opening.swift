import EventLoop
import IPv6
import RouterControl
import Varlink

extension ChannelWatch {
    /// Opens the stream of a channel at the control socket of a router agent.
    static func opening(
        _ group: IPv6Address, source: IPv6Address?, at path: String, on loop: EpollLoop
    ) -> Open {
        let channel = ChannelSelection(groupAddress: group.description, sourceAddress: source?.description)
        return { onReply, onEnd in
            try VarlinkStream(
                path: path, method: RouterMethod.watchChannel.qualifiedName, parameters: channel, on: loop,
                onReply: { reply in
                    do { onReply(try reply.decode(WatchedChannel.self)) } catch { onEnd("\(error)") }
                }, onEnd: { onEnd($0.reason) })
        }
    }
}

extension VarlinkStreamEnd {
    /// Why a stream that should never end has ended.
    fileprivate var reason: String {
        switch self {
        case .finished: "it ended the watch"
        case .closed: "it closed the connection"
        case .error(let name, let reply): "\(name) \(String(decoding: reply.octets, as: UTF8.self))"
        case .malformed(let reason): reason
        case .failed(let error): "\(error)"
        }
    }
}
