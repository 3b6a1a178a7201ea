import IPv6
import MLD
import Timing

/// Router and model side by side in virtual time.
struct SequenceRun {
    private var router: MLDRouter
    private var model: NaiveRouter
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    private var actions: [MLDRouter.Action] = []
    private var sent: [RouterComparison.Sent] = []
    private var suggestions: [IPv6Address: NaiveGroup.Suggestion] = [:]

    init(_ sequence: MessageSequence) {
        router = MLDRouter(configuration: sequence.configuration, address: sequence.address, mtu: sequence.mtu)
        model = NaiveRouter(configuration: sequence.configuration, address: sequence.address, mtu: sequence.mtu)
        router.start(at: now, into: &actions)
        model.start(at: now)
    }

    /// Waits, then lets the event happen; what differs after any of it, nil if nothing does.
    mutating func perform(_ step: MessageSequence.Step) -> [RouterComparison.Difference]? {
        let target = instant(of: step.wait)
        if let found = pass(to: target, inclusive: !step.eventFirst) { return found }
        switch step.event {
        case .message(let message): deliver(message)
        case .start:
            router.start(at: now, into: &actions)
            model.start(at: now)
        case .stop:
            router.stop(at: now, into: &actions)
            model.stop()
        case nil: break
        }
        if step.event != nil, let found = difference() { return found }
        return step.eventFirst ? pass(to: target, inclusive: true) : nil
    }

    private mutating func deliver(_ message: SequenceMessage) {
        let octets = message.octets
        router.receive(
            octets.span.bytes, from: message.source, to: .allMLDv2Routers, hopLimit: message.hopLimit,
            routerAlert: message.routerAlert, at: now, into: &actions)
        model.receive(
            octets, from: message.source, hopLimit: message.hopLimit, routerAlert: message.routerAlert, at: now)
    }

    private func instant(of wait: MessageSequence.Wait) -> Instant {
        switch wait {
        case .time(let duration): return now + duration
        case .timer(let place, let offset):
            let ends = Set(model.instants).sorted()
            return ends.isEmpty ? now : max(now, ends[place % ends.count] + .nanoseconds(offset))
        }
    }

    /// Lets time pass with every timer attended to when it ends. Not inclusive: timers that end at `end` are left.
    private mutating func pass(to end: Instant, inclusive: Bool) -> [RouterComparison.Difference]? {
        while let next = router.nextDeadline, next < end || inclusive && next == end {
            now = max(now, next)
            if let found = advance() { return found }
            if let later = router.nextDeadline, later <= now {
                return [.init(subject: "next deadline", router: "one that does not move", model: "none due")]
            }
        }
        if inclusive {
            now = end
            return advance()
        }
        if end > now + .nanoseconds(1) {
            now = end + .nanoseconds(-1)
            if let found = advance() { return found }
        }
        now = end
        return nil
    }

    private mutating func advance() -> [RouterComparison.Difference]? {
        router.advance(to: now, into: &actions)
        model.advance(to: now)
        return difference()
    }

    /// What differs now, and what was done since the last call; nil if nothing does.
    mutating func difference() -> [RouterComparison.Difference]? {
        var told: Set<IPv6Address> = []
        for action in actions {
            switch action {
            case .send(let query, let destination):
                sent.append(.init(time: now, query: query, destination: destination))
            case .suggestionChanged(let group): told.insert(group)
            case .event: break
            }
        }
        actions.removeAll(keepingCapacity: true)
        let before = suggestions
        suggestions = model.groups.mapValues(\.suggestion)
        let found = RouterComparison.differences(router, sent: sent, model, modelSent: model.takeSent())
        sent.removeAll(keepingCapacity: true)
        let changed = Set(before.keys).union(suggestions.keys).filter { before[$0] != suggestions[$0] }
        let mistold = changed.symmetricDifference(told).sorted().map { group in
            RouterComparison.Difference(
                subject: "suggestion of \(group)", router: told.contains(group) ? "told a change" : "told nothing",
                model: changed.contains(group) ? "changed it" : "not changed it")
        }
        return found.isEmpty && mistold.isEmpty ? nil : found + mistold
    }
}
