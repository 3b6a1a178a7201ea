import Glibc
import LinuxNetwork
import Synchronization
import Varlink

/// What outlives the process in the system, so that it can be removed without the agent's loop.
final class Leftovers: Sendable {
    private struct State {
        var socket: VarlinkSocketFile?
        var senderLink: VethPair?
    }

    private let state = Mutex(State())

    func note(socket: VarlinkSocketFile?) { state.withLock { $0.socket = socket } }
    func note(senderLink: VethPair?) { state.withLock { $0.senderLink = senderLink } }

    /// From any thread. The link may take long, if the kernel is what holds up the loop; it comes last, and the next
    /// agent takes over one that is left.
    func remove() {
        let state = state.withLock { $0 }
        state.socket?.remove()
        try? state.senderLink?.remove()
    }
}
