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
///
/// Where a flow may come from is asked, too (`origin`), once for each new flow and again when routing has changed. Packets
/// that come in elsewhere never decide: the route is made for where they should come in, so that the true ones are
/// forwarded from the first one on, and the kernel drops the others by itself.
public struct ForwardingTable: Sendable {
    public enum Action: Equatable, Sendable {
        /// Add the route or replace it. An empty `outgoing` drops the flow.
        case set(Flow, incoming: MIF, outgoing: MIFSet, isNew: Bool)
        case remove(Flow)
        /// Read the route's counters and hand them to `counted`.
        case readCounters(Flow)
        /// A flow was left unresolved, because all entries examined are in use.
        case limitReached
        /// Packets came in where their source cannot be; nil: they cannot come in anywhere.
        case refused(Flow, on: MIF, expected: MIF?)
    }

    /// How long nothing must come in on a flow's own interface before it follows its packets to another.
    static let moveTime = Duration.seconds(1)

    public let idleTime: Duration
    public let maximumFlows: Int

    private(set) var roles: [MIF: InterfaceRole] = [:]
    private(set) var sourceChecks: [MIF: SourceCheck] = [:]
    private var upstream: MIFSet = []
    /// The widest scope whose zone ends at an interface, of those where one does (RFC 4007 §5).
    private var boundaries: [MIF: MulticastScope] = [:]
    var slots: [Slot] = []
    private var free: [Int32] = []
    private var index: [Flow: Int32] = [:]
    private var firstOfGroup: [IPv6Address: Int32] = [:]
    private var checks = DeadlineQueue<Check>()
    var review = OriginReview()
    private var hand = 0

    public init(idleTime: Duration = .seconds(60), maximumFlows: Int = 65_536) {
        self.idleTime = idleTime
        self.maximumFlows = maximumFlows
    }

    public var count: Int { index.count }
    public var nextDeadline: Instant? {
        let next = min(checks.next ?? .distantFuture, review.due)
        return next == .distantFuture ? nil : next
    }
    /// For tests: a queue that only ever grows would be a leak.
    var pendingChecks: Int { checks.count }

    public subscript(flow: Flow) -> Route? { index[flow].map { slots[Int($0)].route } }

    public func forEachRoute(_ body: (Route) -> Void) {
        for slot in slots where slot.isUsed { body(slot.route) }
    }

    // MARK: inputs

    /// An interface has become a MIF. Routes follow with the next `interestChanged`. Groups of scope `boundary` and of
    /// narrower ones do not pass it, neither in nor out (RFC 4007 §9); nil: all do that are wider than the link.
    public mutating func add(
        _ mif: MIF, role: InterfaceRole, boundary: MulticastScope? = nil, sourceCheck: SourceCheck = .strict
    ) {
        roles[mif] = role
        sourceChecks[mif] = sourceCheck
        boundaries[mif] = boundary
        if role == .upstream { upstream.insert(mif) }
    }

    /// A MIF is gone: flows that came from it lose their routes, the others stop using it.
    public mutating func remove(
        _ mif: MIF, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        roles[mif] = nil
        sourceChecks[mif] = nil
        boundaries[mif] = nil
        upstream.remove(mif)
        for slot in slots.indices where slots[slot].isUsed {
            if slots[slot].route.incoming == mif {
                actions.append(.remove(slots[slot].route.flow))
                release(Int32(slot))
            } else {
                slots[slot].origin = slots[slot].origin.subtracting(mif)
                refresh(Int32(slot), wanted: wanted, into: &actions)
            }
        }
    }

    /// The kernel holds the first packets of a flow without a route.
    public mutating func seen(
        _ flow: Flow, on mif: MIF, at now: Instant, wanted: (Flow) -> MIFSet,
        origin originOf: (IPv6Address) -> SourceOrigin, into actions: inout [Action]
    ) {
        guard roles[mif] != nil, flow.group.isMulticast else { return }
        if let slot = index[flow] {
            // The kernel has lost what was installed, or the packets were queued before: say it again.
            let origin = slots[Int(slot)].origin
            let isPermitted = permits(origin, on: mif)
            let incoming = isPermitted ? mif : slots[Int(slot)].route.incoming
            if isPermitted { slots[Int(slot)].isAssumed = false }
            reroute(slot, from: incoming, wanted: wanted, into: &actions)
            if !isPermitted { actions.append(.refused(flow, on: mif, expected: expected(origin))) }
            return
        }
        if index.count >= maximumFlows && !evictUnwanted(into: &actions) {
            actions.append(.limitReached)
            return
        }
        let origin = flow.mayBeForwarded ? originOf(flow.source) : .unknown
        let isPermitted = permits(origin, on: mif)
        let incoming = isPermitted ? mif : expected(origin) ?? mif
        let outgoing = outgoing(for: flow, from: incoming, origin: origin, wanted: wanted)
        insert(
            Route(flow: flow, incoming: incoming, outgoing: outgoing, since: now), origin: origin,
            isAssumed: !isPermitted)
        actions.append(.set(flow, incoming: incoming, outgoing: outgoing, isNew: true))
        if !isPermitted { actions.append(.refused(flow, on: mif, expected: expected(origin))) }
    }

    /// Packets of a known flow come in on another interface. If they may come in there, the route moves when nothing has
    /// come in on its own for `moveTime`: the source has moved. While both bring packets, the first one keeps it (no
    /// duplicates).
    public mutating func seenElsewhere(
        _ flow: Flow, on mif: MIF, counters: RouteCounters, at now: Instant, wanted: (Flow) -> MIFSet,
        into actions: inout [Action]
    ) {
        guard let position = index[flow], roles[mif] != nil else { return }
        let slot = slots[Int(position)]
        guard slot.route.incoming != mif else { return }
        guard permits(slot.origin, on: mif) else {
            actions.append(.refused(flow, on: mif, expected: expected(slot.origin)))
            return
        }
        // Where it was is where nothing of it has ever been right: there is nothing to wait for.
        let isElsewhereOnly = slot.isAssumed && counters.arrived == slot.arrived
        guard permits(slot.origin, on: slot.route.incoming), !isElsewhereOnly else {
            slots[Int(position)].isAssumed = false
            return reroute(position, from: mif, wanted: wanted, into: &actions)
        }
        slots[Int(position)].elsewhere = mif
        slots[Int(position)].arrived = counters.arrived
        look(at: position, at: now + Self.moveTime)
    }

    /// The kernel did not take what `set` said. The flow is forgotten; its next packet brings it back.
    public mutating func notInstalled(_ flow: Flow) {
        if let slot = index[flow] { release(slot) }
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

    /// Asks for the counters of flows that are due to be looked at, and for the origins of some after a change of routing.
    public mutating func advance(
        to now: Instant, wanted: (Flow) -> MIFSet, origin: (IPv6Address) -> SourceOrigin, into actions: inout [Action]
    ) {
        for slot in review.nextSlice(of: slots.count, at: now) ?? 0..<0 where slots[slot].isUsed {
            reconsider(Int32(slot), wanted: wanted, origin: origin, into: &actions)
        }
        while let check = checks.popDue(at: now) {
            let position = Int(check.slot)
            guard slots[position].queuedAt == check.at else { continue }  // an earlier one has taken its place
            slots[position].queuedAt = .distantFuture
            guard slots[position].isUsed else { continue }
            if slots[position].checkAt <= now {
                actions.append(.readCounters(slots[position].route.flow))
                slots[position].checkAt = now + idleTime
            }
            look(at: check.slot, at: slots[position].checkAt)
        }
    }

    /// The answer to `readCounters`: nil if the kernel has no such route any more. Removes the route of a flow that has
    /// been silent since the last look, or moves it to where its packets come in now.
    public mutating func counted(
        _ flow: Flow, _ counters: RouteCounters?, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        guard let slot = index[flow] else { return }
        let elsewhere = slots[Int(slot)].elsewhere
        slots[Int(slot)].elsewhere = nil
        if let counters, counters.arrived != slots[Int(slot)].arrived {
            slots[Int(slot)].arrived = counters.arrived
            slots[Int(slot)].isAssumed = false
        } else if counters != nil, let elsewhere, roles[elsewhere] != nil,
            permits(slots[Int(slot)].origin, on: elsewhere)
        {
            reroute(slot, from: elsewhere, wanted: wanted, into: &actions)
        } else {
            release(slot)
            actions.append(.remove(flow))
        }
    }

    // MARK: routes

    private func outgoing(
        for flow: Flow, from mif: MIF, origin: SourceOrigin, wanted: (Flow) -> MIFSet
    ) -> MIFSet {
        guard flow.mayBeForwarded, permits(origin, on: mif), !isBounded(flow.group, at: mif) else { return [] }
        var set = wanted(flow)
        if roles[mif] == .downstream { set.formUnion(upstream) }
        for bounded in boundaries.keys where isBounded(flow.group, at: bounded) { set.remove(bounded) }
        return set.subtracting(mif)
    }

    private func isBounded(_ group: IPv6Address, at mif: MIF) -> Bool {
        guard let boundary = boundaries[mif], let scope = group.multicastScope else { return false }
        return scope <= boundary
    }

    mutating func reroute(
        _ slot: Int32, from mif: MIF, wanted: (Flow) -> MIFSet, into actions: inout [Action]
    ) {
        let flow = slots[Int(slot)].route.flow
        let outgoing = outgoing(for: flow, from: mif, origin: slots[Int(slot)].origin, wanted: wanted)
        slots[Int(slot)].elsewhere = nil
        slots[Int(slot)].route.incoming = mif
        slots[Int(slot)].route.outgoing = outgoing
        actions.append(.set(flow, incoming: mif, outgoing: outgoing, isNew: false))
    }

    mutating func refresh(_ slot: Int32, wanted: (Flow) -> MIFSet, into actions: inout [Action]) {
        let route = slots[Int(slot)].route
        let outgoing = outgoing(
            for: route.flow, from: route.incoming, origin: slots[Int(slot)].origin, wanted: wanted)
        guard outgoing != route.outgoing else { return }
        slots[Int(slot)].route.outgoing = outgoing
        actions.append(.set(route.flow, incoming: route.incoming, outgoing: outgoing, isNew: false))
    }

    // MARK: storage

    private mutating func insert(_ route: Route, origin: SourceOrigin, isAssumed: Bool) {
        var slot = Slot(route: route, origin: origin, isAssumed: isAssumed, checkAt: route.since + idleTime)
        slot.next = firstOfGroup[route.flow.group] ?? -1
        let position: Int32
        if let reused = free.popLast() {
            position = reused
            slot.queuedAt = slots[Int(reused)].queuedAt
            slots[Int(reused)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        if slot.next >= 0 { slots[Int(slot.next)].previous = position }
        firstOfGroup[route.flow.group] = position
        index[route.flow] = position
        look(at: position, at: slot.checkAt)
    }

    private mutating func look(at position: Int32, at instant: Instant) {
        slots[Int(position)].checkAt = instant
        guard instant < slots[Int(position)].queuedAt else { return }
        slots[Int(position)].queuedAt = instant
        checks.schedule(Check(slot: position, at: instant), at: instant)
    }

    private mutating func release(_ position: Int32) {
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
    }

    /// Makes room by giving up a flow that no LAN wants (it may go upstream), or that has been seen only where it cannot
    /// come from; either comes back with its next packet. Looks at a few entries only, so that a flood of made-up flows
    /// costs a constant each; what is wanted and real is never given up.
    private mutating func evictUnwanted(into actions: inout [Action]) -> Bool {
        for _ in 0..<min(8, slots.count) {
            hand = (hand + 1) % slots.count
            let slot = slots[hand]
            guard slot.isUsed, slot.isAssumed || slot.route.outgoing.isSubset(of: upstream) else { continue }
            actions.append(.remove(slot.route.flow))
            release(Int32(hand))
            return true
        }
        return false
    }
}
