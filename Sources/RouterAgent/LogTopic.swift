import Channels
import IPv6

/// What clients of the control socket, hosts on a link and other routers can provoke log lines about: each topic has its
/// own few lines a minute (`RateLimitedLog`).
///
/// A topic may name an interface or a configured channel, so that one link's hosts do not hide another's, and never
/// anything that outsiders choose: topics are kept.
enum LogTopic: Hashable, Sendable {
    /// A client was refused or disconnected.
    case client
    /// Senders begin and cease to watch a channel.
    case watcher
    /// A channel starts and stops; nil for all channels that are only watched.
    case channel(ChannelTable.ID?)
    case command(ChannelTable.ID?)
    case channelFailure(ChannelTable.ID?)
    /// What hosts and switches can do to a carrier; nil for all interfaces that no configuration names.
    case linkUp(String?)
    case linkDown(String?)
    case linkWaiting(String?)
    case linkListening(String?)
    case querier(MIF?)
    /// What a message from a host or a router gives cause to warn of.
    case warning(MIF?)
    case limit(MIF?)
    case querySending(MIF?)
    /// A route was not set, or there are too many flows.
    case route
    /// The kernel dropped messages, or they could not be read.
    case reading
}
