import LinuxNetwork
import LinuxSystem
import Synchronization
import Timing

/// Somebody on the LAN of a delivery who sends forged packets in the sender's name until this value goes.
final class DeliveryIntruder: Sendable {
    /// How much he sends.
    struct Plan: Sendable {
        /// One for so many of the sender's.
        var genuinePerForged = 9
        var mix = PacketForger.Mix.plausible
        /// How long he sends as fast as he can first, once he has heard a manifest.
        var flood = Duration.zero
    }

    private let count: Counter
    private let thread: LabThread

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// nil until the thread has its socket, or has failed to get one.
    private struct Start {
        var result: Result<Void, any Error>?
    }

    init(on network: DeliveryNetwork, _ plan: Plan = Plan()) throws {
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
                Self.forge(plan, on: socket, until: stopping, count: count)
            } catch {
                start.update { $0.result = .failure(error) }
            }
        }
        try start.wait(until: .now + .seconds(10)) { $0.result }?.get()
    }

    /// Packets sent so far.
    var forged: Int { count.value.load(ordering: .relaxed) }

    private static func forge(
        _ plan: Plan, on socket: borrowing PacketSocket, until stopping: Int32, count: Counter
    ) {
        var forger = PacketForger(
            group: DeliveryMethod.group, genuinePerForged: plan.genuinePerForged, mix: plan.mix, seed: 1)
        var batch = FrameBatch(capacity: 64, room: PacketForger.longest)
        var floodsUntil: Instant?
        while true {
            let isFlooding = floodsUntil.map { Instant.now < $0 } ?? false
            let ready = waitReadable([socket.descriptor, stopping], milliseconds: isFlooding ? 0 : -1)
            if ready[1] { return }
            batch.removeAll()
            do throws(SystemError) {
                try socket.receive(limit: 64) { (frame: RawSpan, arrival: PacketSocket.Arrival) in
                    guard arrival.direction != .outgoing, let forgery = forger.forged(after: frame) else { return }
                    _ = batch.append(forgery.span.bytes)
                }
            } catch {
                return  // the link is gone
            }
            if floodsUntil == nil, plan.flood > .zero, forger.hasManifest { floodsUntil = .now + plan.flood }
            while isFlooding, batch.count < batch.capacity, let forgery = forger.next() {
                _ = batch.append(forgery.span.bytes)
            }
            if batch.count > 0 { count.value.add((try? socket.send(batch)) ?? 0, ordering: .relaxed) }
        }
    }
}
