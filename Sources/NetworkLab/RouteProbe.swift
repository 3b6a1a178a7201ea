import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Timing

/// Notes when the kernel's multicast routes of one group change in a node, as the kernel tells everybody who asks.
final class RouteProbe: Sendable {
    private struct State {
        var changes: [(time: Instant, outgoing: [Int32])] = []
        var start: Result<Void, any Error>?
    }

    private let state: WaitableState<State>
    private let thread: LabThread

    init(on node: LabNode, group: IPv6Address) throws {
        let state = WaitableState(State())
        self.state = state
        thread = try LabThread { stopping in
            do {
                try node.enter()
                let monitor = try MulticastRouteMonitor()
                state.update { $0.start = .success(()) }
                while !waitReadable([monitor.descriptor, stopping])[1] {
                    try monitor.receive { change in
                        guard change.group == group else { return }
                        let outgoing = change.kind == .set ? change.outgoing : []
                        state.update { $0.changes.append((Instant(realtime: change.timestamp), outgoing)) }
                    }
                }
            } catch {
                state.update { $0.start = .failure(error) }
            }
        }
        try state.wait(until: .now + .seconds(10)) { $0.start }?.get()
    }

    func reset() { state.update { $0.changes = [] } }

    /// When a route of the group got an interface, since the last `reset`; waits for it.
    func waitForOutgoing(_ interface: UInt32, within patience: Duration) -> Instant? {
        state.wait(until: .now + patience) { state in
            state.changes.first { $0.outgoing.contains(Int32(bitPattern: interface)) }?.time
        }
    }
}
