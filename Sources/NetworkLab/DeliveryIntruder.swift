import LinuxNetwork
import LinuxSystem
import Synchronization
import Timing

/// Somebody on the LAN of a delivery who sends forged packets in the sender's name until this value goes: one for nine
/// of the sender's, so that one in ten is forged.
final class DeliveryIntruder: Sendable {
    private let count: Counter
    private let thread: LabThread

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// nil until the thread has its socket, or has failed to get one.
    private struct Start {
        var result: Result<Void, any Error>?
    }

    init(on network: DeliveryNetwork) throws {
        let index = try network.intruder.index(of: DeliveryNetwork.interface)
        let count = Counter()
        self.count = count
        let node = network.intruder
        let start = WaitableState(Start())
        thread = try LabThread { stopping in
            do {
                try node.enter()
                let socket = try PacketSocket(interface: Int32(bitPattern: index))
                start.update { $0.result = .success(()) }
                Self.forge(on: socket, until: stopping, count: count)
            } catch {
                start.update { $0.result = .failure(error) }
            }
        }
        try start.wait(until: .now + .seconds(10)) { $0.result }?.get()
    }

    /// Packets sent so far.
    var forged: Int { count.value.load(ordering: .relaxed) }

    private static func forge(on socket: borrowing PacketSocket, until stopping: Int32, count: Counter) {
        var forger = PacketForger(group: DeliveryMethod.group, genuinePerForged: 9, seed: 1)
        while !waitReadable([socket.descriptor, stopping])[1] {
            var forgeries: [[UInt8]] = []
            do throws(SystemError) {
                try socket.receive(limit: 64) { (frame: RawSpan, arrival: PacketSocket.Arrival) in
                    guard arrival.direction != .outgoing, let forgery = forger.forged(after: frame) else { return }
                    forgeries.append(forgery)
                }
            } catch {
                return  // the link is gone
            }
            guard !forgeries.isEmpty else { continue }
            var batch = FrameBatch(capacity: forgeries.count, room: 2048)
            for forgery in forgeries { _ = batch.append(forgery.span.bytes) }
            count.value.add((try? socket.send(batch)) ?? 0, ordering: .relaxed)
        }
    }
}
