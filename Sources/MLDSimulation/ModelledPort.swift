import IPv6
import MLD
import Timing

/// The naive model beside a machine, and what both have sent since the last comparison.
struct ModelledPort: Sendable {
    private var model: NaiveRouter
    private var sent: [RouterComparison.Sent] = []

    init(configuration: MLDConfiguration, address: IPv6Address, mtu: Int) {
        model = NaiveRouter(configuration: configuration, address: address, mtu: mtu)
    }

    mutating func start(at now: Instant) { model.start(at: now) }

    mutating func stop() { model.stop() }

    mutating func receive(_ packet: ReceivedPacket, _ octets: [UInt8], at now: Instant) {
        model.receive(
            Array(octets[packet.payload]), from: packet.source, hopLimit: packet.hopLimit,
            routerAlert: packet.routerAlert, at: now)
    }

    mutating func advance(to now: Instant) { model.advance(to: now) }

    mutating func note(_ query: MLDQuery, to destination: IPv6Address, at now: Instant) {
        sent.append(RouterComparison.Sent(time: now, query: query, destination: destination))
    }

    /// What the machine and the model do not agree on.
    mutating func differences(from machine: MLDRouter) -> [RouterComparison.Difference] {
        defer { sent = [] }
        return RouterComparison.differences(machine, sent: sent, model, modelSent: model.takeSent())
    }
}
