import IPv6
import MLD
import Timing

/// A fault that is built into a simulation, to see that an invariant finds it.
public enum Sabotage: Sendable, Equatable {
    /// Routers do not hear the host with this number.
    case deaf(toHost: Int)
    /// Routers lose every report that asks for something.
    case missesJoins
    /// Routers take a source out of every report.
    case forgets(source: Int)
    /// Routers forget a group as soon as somebody leaves it.
    case cutsEarly
    /// Routers do not hear who leaves.
    case missesLeaves
    /// Routers do not ask about leaves that they have believed.
    case confirmsNothing
    /// Routers go on forwarding whatever they once did.
    case neverStops
    /// Routers are woken three seconds late.
    case oversleeps
    /// Routers are woken again and again.
    case spins
    /// Routers do not hear each other.
    case ignoresQueries
    /// Routers believe for seven hours in whoever wins an election once.
    case believesPretenders
    /// Routers do not say that what they forward has changed.
    case hidesChanges
    /// Routers keep more groups than they were told to.
    case exceedsLimits
    /// Queries have an octet behind their end.
    case sendsSurplus
    /// The model does not hear who leaves.
    case modelMissesLeaves

    /// Whether a packet holds a record or message that ends something.
    static func isLeave(_ octets: [UInt8], _ packet: ReceivedPacket) -> Bool {
        holds(octets, packet) { $0 == .block || $0 == .toInclude }
            || packet.payload.count >= 24 && octets[packet.payload.lowerBound] == MLDMessageType.done.rawValue
    }

    fileprivate static func holds(
        _ octets: [UInt8], _ packet: ReceivedPacket, where matches: (MLDRecordKind) -> Bool
    ) -> Bool {
        let message = octets.span.bytes.extracting(packet.payload)
        guard var view = try? MLDReportView(parsing: message) else { return false }
        while let record = view.next(in: message) {
            if let kind = record.kind, matches(kind) { return true }
        }
        return false
    }
}

extension Simulation {
    func sabotageConfiguration(of port: SimulatedPort) {
        let plan = plan.links[port.link]
        var configuration = plan.configuration
        switch options.sabotage {
        case .exceedsLimits: configuration.maximumGroups = 10_000
        case .confirmsNothing: configuration.confirmingQueriesPerSecond = 0
        default: return
        }
        port.machine = MLDRouter(configuration: configuration, address: port.address, mtu: plan.mtu)
    }

    /// Whether a sabotaged port does not take a packet as it is; then it has been dealt with.
    func isSabotaged(_ packet: ReceivedPacket, _ octets: [UInt8], at port: Int) -> Bool {
        guard let sabotage = options.sabotage else { return false }
        switch sabotage {
        case .deaf(let host): return packet.source == SimulationPlan.address(ofHost: host)
        case .missesJoins: return Sabotage.holds(octets, packet) { $0 == .allow || $0 == .toExclude }
        case .missesLeaves: return Sabotage.isLeave(octets, packet)
        case .ignoresQueries: return octets[packet.payload.lowerBound] == MLDMessageType.query.rawValue
        case .believesPretenders:
            guard packet.source == Self.lowest else { return false }
            let later = localTime(of: port) + .seconds(7 * 3600)
            ports[port].machine.receive(
                octets.span.bytes.extracting(packet.payload), from: packet.source, to: packet.destination, hopLimit: 1,
                routerAlert: true, at: later, into: &routerActions)
            finish(port)
            return true
        case .forgets(let source): return hear(octets, packet, without: SourceSet.address(source), at: port)
        case .cutsEarly:
            guard Sabotage.isLeave(octets, packet) else { return false }
            let instant = localTime(of: port)
            ports[port].machine.clear(group: nil, at: instant, into: &routerActions)
            return false
        default: return false
        }
    }

    private func hear(
        _ octets: [UInt8], _ packet: ReceivedPacket, without source: IPv6Address, at port: Int
    ) -> Bool {
        let message = octets.span.bytes.extracting(packet.payload)
        guard var view = try? MLDReportView(parsing: message) else { return false }
        var records: [MLDReport.Record] = []
        while let record = view.next(in: message) {
            guard let kind = record.kind else { continue }
            let sources = (0..<record.sources.count).map { record.sources.address(at: $0, in: message) }
            records.append(.init(kind, record.group, sources.filter { $0 != source }))
        }
        let other = MLDReport(records).encoded(from: packet.source, to: packet.destination)
        let instant = localTime(of: port)
        ports[port].machine.receive(
            other.span.bytes, from: packet.source, to: packet.destination, hopLimit: 1, routerAlert: true, at: instant,
            into: &routerActions)
        finish(port)
        return true
    }
}
