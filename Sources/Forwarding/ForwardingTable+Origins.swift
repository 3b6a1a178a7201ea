import IPv6
public import Timing

/// Where flows may come from.
extension ForwardingTable {
    /// Unicast routing, or which of its interfaces are in the table, has changed: `advance` asks for the origins of all
    /// flows again.
    public mutating func routingChanged(at now: Instant) { review.request(at: now) }

    func permits(_ origin: SourceOrigin, on mif: MIF) -> Bool {
        (sourceChecks[mif] ?? .strict).permits(origin, on: mif, role: roles[mif])
    }

    /// The interface that a flow is taken to come in on if its packets came in where they cannot.
    func expected(_ origin: SourceOrigin) -> MIF? {
        switch origin {
        case .unknown: nil
        case .own: roles.first { $0.value == .source }?.key
        case .onLink(let set), .routed(let set): set.members.first { roles[$0] != nil }
        }
    }

    /// After a change of routing.
    mutating func reconsider(
        _ slot: Int32, wanted: (Flow) -> MIFSet, origin: (IPv6Address) -> SourceOrigin, into actions: inout [Action]
    ) {
        let route = slots[Int(slot)].route
        guard route.flow.mayBeForwarded else { return }
        let origin = origin(route.flow.source)
        slots[Int(slot)].origin = origin
        if !permits(origin, on: route.incoming), let expected = expected(origin) {
            slots[Int(slot)].isAssumed = true
            reroute(slot, from: expected, wanted: wanted, into: &actions)
        } else {
            refresh(slot, wanted: wanted, into: &actions)
        }
    }
}
