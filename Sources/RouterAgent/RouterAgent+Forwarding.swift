import Channels
import Forwarding
import IPv6
import LinuxNetwork
import LinuxSystem
import Logging
import RouterControl
import Timing

/// Membership and flows into routes of the kernel.
extension RouterAgent {
    /// The downstream interfaces that have listeners for a flow and onto which this router forwards.
    func interest(in flow: Flow) -> MIFSet {
        var set: MIFSet = []
        for link in links {
            if let mif = link.mif, link.wants(source: flow.source, group: flow.group) { set.insert(mif) }
        }
        return set
    }

    /// Routes and channels follow what a group's listeners want now.
    func followInterest(in group: IPv6Address, receivedAt: Instant) {
        forwarding.interestChanged(in: group, wanted: { interest(in: $0) }, into: &forwardingActions)
        if !forwardingActions.isEmpty { performForwardingActions() }
        for id in channels.channels(of: group) { followInterest(of: id, receivedAt: receivedAt) }
    }

    /// After a change that is not one group's: an interface, a querier.
    func followInterestEverywhere(at now: Instant) {
        forwarding.interestChanged(wanted: { interest(in: $0) }, into: &forwardingActions)
        performForwardingActions()
        for id in channels.ids { followInterest(of: id, receivedAt: now) }
    }

    func readUpcalls() {
        let now = Instant.now
        do {
            try routing.receiveUpcalls { upcall in
                let flow = Flow(source: upcall.source, group: upcall.group)
                switch upcall.kind {
                case .noCache:
                    forwarding.seen(
                        flow, on: upcall.mif, at: now, wanted: { interest(in: $0) }, origin: { origin(of: $0) },
                        into: &forwardingActions)
                case .wrongMIF:
                    guard let counters = counters(of: flow) else { return }
                    forwarding.seenElsewhere(
                        flow, on: upcall.mif, counters: counters, at: now, wanted: { interest(in: $0) },
                        into: &forwardingActions)
                default: return
                }
                performForwardingActions()
            }
        } catch {
            logLimited(.reading, level: .error, "upcalls were not read", metadata: ["error": "\(error)"])
        }
        armTimer()
    }

    func performForwardingActions() {
        guard !isPerformingForwarding else { return }  // whoever is at it comes to what was added
        isPerformingForwarding = true
        defer { isPerformingForwarding = false }
        var index = 0
        while index < forwardingActions.count {  // `counted` may add some
            switch forwardingActions[index] {
            case .set(let flow, let incoming, let outgoing, let isNew):
                do {
                    try routing.setRoute(source: flow.source, group: flow.group, incoming: incoming, outgoing: outgoing)
                    publishRoute(isNew ? .routeAdded : .routeChanged, flow, incoming, outgoing)
                } catch {
                    routeFailed(flow, isNew: isNew, error)
                }
            case .remove(let flow):
                // The kernel may have flushed it together with its incoming interface.
                try? routing.removeRoute(source: flow.source, group: flow.group)
                publishRoute(.routeRemoved, flow, nil, [])
            case .readCounters(let flow):
                forwarding.counted(
                    flow, counters(of: flow), wanted: { interest(in: $0) }, into: &forwardingActions)
            case .limitReached: warnOfFlowLimit()
            case .refused(let flow, let mif, let expected): noteRefusal(of: flow, on: mif, expected: expected)
            }
            index += 1
        }
        forwardingActions.removeAll(keepingCapacity: true)
    }

    /// The kernel is left without the route, so that it asks again with the flow's next packet.
    private func routeFailed(_ flow: Flow, isNew: Bool, _ error: MulticastRoutingError) {
        forwarding.notInstalled(flow)
        try? routing.removeRoute(source: flow.source, group: flow.group)
        if !isNew { publishRoute(.routeRemoved, flow, nil, []) }
        logLimited(
            .route, level: .error, "a route was not set",
            metadata: ["route": "(\(flow.source),\(flow.group))", "error": "\(error)"])
    }

    /// nil if the kernel has no such route.
    func counters(of flow: Flow) -> RouteCounters? {
        guard let kernel = try? routing.counters(source: flow.source, group: flow.group) else { return nil }
        return RouteCounters(packets: kernel.packets, bytes: kernel.bytes, wrongInterface: kernel.wrongInterface)
    }

    private func warnOfFlowLimit() {
        logLimited(.route, "a flow was left without a route: \(forwarding.maximumFlows) flows are known and wanted")
    }

    func name(of mif: MIF) -> String { links.first { $0.mif == mif }?.name ?? "" }

    func names(of set: MIFSet) -> [String] { set.members.map { name(of: $0) }.sorted() }
}
