public import IPv6
public import Timing

/// The router's multicast routes: what membership and the flows seen make of them, and the kernel changes that follow.
///
/// Routes exist per flow, not per group: the first packet of a flow is reported by the kernel, and from then on the flow
/// has an entry, one without outgoing interfaces if nobody wants it, so that the kernel drops it without asking again. A
/// change of membership then only changes entries of flows that are known. A group that nobody sends to costs nothing.
/// A flow that has been silent for a whole `idleTime` loses its entry.
///
/// Who wants a flow is asked of the caller (`wanted`), who has the membership records: `MIFSet` of the downstream
/// interfaces that have listeners for the flow and onto which this router forwards.
public struct ForwardingTable: Sendable {
    public enum Action: Equatable, Sendable {
        /// Add the route or replace it. An empty `outgoing` drops the flow.
        case set(Flow, incoming: MIF, outgoing: MIFSet, isNew: Bool)
        case remove(Flow)
        /// Read the route's counters and hand them to `counted`.
        case readCounters(Flow)
        /// A flow was left unresolved, because all entries examined are in use.
        case limitReached
    }

    public struct Route: Equatable, Sendable {
        public var flow: Flow
        public var incoming: MIF
        public var outgoing: MIFSet
        public var since: Instant
    }

    struct Slot: Sendable {
        var route: Route
        var packets: UInt64 = 0  // when last looked at
        var next: Int32 = -1  // of the same group
        var previous: Int32 = -1
        var generation: UInt32
        var isUsed = true
    }

    struct Check: Sendable {
        var slot: Int32
        var generation: UInt32
    }

    public let idleTime: Duration
    public let maximumFlows: Int

    private(set) var roles: [MIF: InterfaceRole] = [:]
    private var upstream: MIFSet = []
    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var index: [Flow: Int32] = [:]
    private var firstOfGroup: [IPv6Address: Int32] = [:]
    private var checks = DeadlineQueue<Check>()
    private var hand = 0
    private var generation: UInt32 = 0

    public init(idleTime: Duration = .seconds(60), maximumFlows: Int = 65_536) {
        self.idleTime = idleTime
        self.maximumFlows = maximumFlows
    }

    public var count: Int { index.count }
    public var nextDeadline: Instant? { checks.next }

    public subscript(flow: Flow) -> Route? { index[flow].map { slots[Int($0)].route } }

    public func forEachRoute(_ body: (Route) -> Void) {
        for slot in slots where slot.isUsed { body(slot.route) }
    }

    // MARK: inputs

    /// An interface has become a MIF. Routes follow with the next `interestChanged`.
    public mutating func add(_ mif: MIF, role: InterfaceRole) {
        roles[mif] = role
        if role == .upstream { upstream.insert(mif) }
    }

    /// A MIF is gone: flows that came from it lose their routes, the others stop using it.
    public mutating func remove(
        _ mif: MIF, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        roles[mif] = nil
        upstream.remove(mif)
        for slot in slots.indices where slots[slot].isUsed {
            if slots[slot].route.incoming == mif {
                release(Int32(slot), into: &actions)
            } else {
                refresh(Int32(slot), wanted: wanted, into: &actions)
            }
        }
    }

    /// The kernel holds the first packets of a flow without a route.
    public mutating func seen(
        _ flow: Flow, on mif: MIF, at now: Instant, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        guard roles[mif] != nil, flow.group.isMulticast else { return }
        if let slot = index[flow] {
            // The kernel has lost what was installed, or the packets were queued before: say it again.
            slots[Int(slot)].route.incoming = mif
            let outgoing = outgoing(for: flow, from: mif, wanted: wanted)
            slots[Int(slot)].route.outgoing = outgoing
            actions.append(.set(flow, incoming: mif, outgoing: outgoing, isNew: false))
            return
        }
        if index.count >= maximumFlows && !evictUnwanted(into: &actions) {
            actions.append(.limitReached)
            return
        }
        let outgoing = outgoing(for: flow, from: mif, wanted: wanted)
        insert(Route(flow: flow, incoming: mif, outgoing: outgoing, since: now))
        actions.append(.set(flow, incoming: mif, outgoing: outgoing, isNew: true))
    }

    /// Packets of a known flow come in on another interface. The route moves there once nothing has come in on its own
    /// since the last report: the source has moved. While both bring packets, the first one keeps it (no duplicates).
    public mutating func seenElsewhere(
        _ flow: Flow, on mif: MIF, counters: RouteCounters, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        guard let slot = index[flow], roles[mif] != nil else { return }
        // The kernel counts packets from the wrong interface in neither field.
        guard slots[Int(slot)].packets == counters.packets else {
            slots[Int(slot)].packets = counters.packets
            return
        }
        slots[Int(slot)].route.incoming = mif
        let outgoing = outgoing(for: flow, from: mif, wanted: wanted)
        slots[Int(slot)].route.outgoing = outgoing
        actions.append(.set(flow, incoming: mif, outgoing: outgoing, isNew: false))
    }

    /// Who listens to `group` has changed on some interface.
    public mutating func interestChanged(
        in group: IPv6Address, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        var slot = firstOfGroup[group] ?? -1
        while slot >= 0 {
            refresh(slot, wanted: wanted, into: &actions)
            slot = slots[Int(slot)].next
        }
    }

    /// Who listens may have changed anywhere: an interface came, or the querier of a link changed.
    public mutating func interestChanged(wanted: (Flow) -> MIFSet, into actions: inout [Action]) {
        for slot in slots.indices where slots[slot].isUsed {
            refresh(Int32(slot), wanted: wanted, into: &actions)
        }
    }

    /// Asks for the counters of flows that are due to be looked at.
    public mutating func advance(to now: Instant, into actions: inout [Action]) {
        while let check = checks.popDue(at: now) {
            let slot = slots[Int(check.slot)]
            guard slot.isUsed, slot.generation == check.generation else { continue }
            actions.append(.readCounters(slot.route.flow))
            checks.schedule(check, at: now + idleTime)
        }
    }

    /// The answer to `readCounters`: nil if the kernel has no such route any more. Removes the route of a flow that has
    /// been silent since the last look.
    public mutating func counted(_ flow: Flow, _ counters: RouteCounters?, into actions: inout [Action]) {
        guard let slot = index[flow] else { return }
        guard let counters, counters.packets != slots[Int(slot)].packets else {
            release(slot, into: &actions)
            return
        }
        slots[Int(slot)].packets = counters.packets
    }

    // MARK: routes

    private func outgoing(for flow: Flow, from mif: MIF, wanted: (Flow) -> MIFSet) -> MIFSet {
        guard flow.mayBeForwarded else { return [] }
        var set = wanted(flow)
        if roles[mif] == .downstream { set.formUnion(upstream) }
        return set.subtracting(mif)
    }

    private mutating func refresh(_ slot: Int32, wanted: (Flow) -> MIFSet, into actions: inout [Action]) {
        let route = slots[Int(slot)].route
        let outgoing = outgoing(for: route.flow, from: route.incoming, wanted: wanted)
        guard outgoing != route.outgoing else { return }
        slots[Int(slot)].route.outgoing = outgoing
        actions.append(.set(route.flow, incoming: route.incoming, outgoing: outgoing, isNew: false))
    }

    // MARK: storage

    private mutating func insert(_ route: Route) {
        generation &+= 1
        var slot = Slot(route: route, generation: generation)
        slot.next = firstOfGroup[route.flow.group] ?? -1
        let position: Int32
        if let reused = free.popLast() {
            position = reused
            slots[Int(reused)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        if slot.next >= 0 { slots[Int(slot.next)].previous = position }
        firstOfGroup[route.flow.group] = position
        index[route.flow] = position
        checks.schedule(Check(slot: position, generation: generation), at: route.since + idleTime)
    }

    private mutating func release(_ position: Int32, into actions: inout [Action]) {
        let slot = slots[Int(position)]
        let flow = slot.route.flow
        if slot.next >= 0 { slots[Int(slot.next)].previous = slot.previous }
        if slot.previous >= 0 {
            slots[Int(slot.previous)].next = slot.next
        } else {
            firstOfGroup[flow.group] = slot.next >= 0 ? slot.next : nil
        }
        slots[Int(position)].isUsed = false
        index[flow] = nil
        free.append(position)
        actions.append(.remove(flow))
    }

    /// Makes room by giving up a flow that nobody wants. Looks at a few entries only, so that a flood of made-up flows
    /// costs a constant each; what is wanted is never given up.
    private mutating func evictUnwanted(into actions: inout [Action]) -> Bool {
        for _ in 0..<min(8, slots.count) {
            hand = (hand + 1) % slots.count
            guard slots[hand].isUsed, slots[hand].route.outgoing.isEmpty else { continue }
            release(Int32(hand), into: &actions)
            return true
        }
        return false
    }
}
