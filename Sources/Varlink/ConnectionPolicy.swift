import Glibc
import Timing

/// Who may connect to a server whose connections are few, and who has to make room.
struct ConnectionPolicy {
    /// A client that is connected.
    struct Connection {
        var number: Int32
        var uid: uid_t
        /// The client has gone, or its connection ends with what is still to be written.
        var isEnding: Bool
        var hasOpenCall: Bool
        /// When its last call began or ended, or it last read something.
        var lastActive: Instant
    }

    enum Decision: Equatable {
        case accept
        /// In the place of the connection with this number.
        case replace(Int32)
        case refuse
    }

    let limits: VarlinkServer.Limits

    /// A client with an open call never makes room, unless it has gone; of the others the one that has been idle for
    /// longest does.
    func decision(about peer: VarlinkPeer, beside held: [Connection], at now: Instant) -> Decision {
        let own = held.filter { $0.uid == peer.uid }
        let others = held.filter { $0.uid != 0 }
        if peer.uid != 0 && own.count >= limits.connectionsPerUser { return replacement(among: own, at: now) }
        if peer.uid != 0 && others.count >= limits.connections - limits.reservedForRoot {
            return replacement(among: others, at: now)
        }
        return held.count < limits.connections ? .accept : replacement(among: held, at: now)
    }

    private func replacement(among held: [Connection], at now: Instant) -> Decision {
        let idle = held.filter { $0.isEnding || !$0.hasOpenCall && now - $0.lastActive >= limits.idleTime }
        let first = idle.min { ($0.isEnding ? 0 : 1, $0.lastActive) < ($1.isEnding ? 0 : 1, $1.lastActive) }
        return first.map { .replace($0.number) } ?? .refuse
    }
}
