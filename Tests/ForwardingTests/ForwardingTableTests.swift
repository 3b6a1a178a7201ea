import IPv6
import SeededRandom
import Testing
import Timing

@testable import Forwarding

private let lan0 = MIF(rawValue: 0)!
private let lan1 = MIF(rawValue: 1)!
private let wan = MIF(rawValue: 2)!
private let sender = MIF(rawValue: 3)!
private let group = IPv6Address("ff3e::8000:1")!
private let flow = Flow(source: IPv6Address("2001:db8::1")!, group: group)
private let start = Instant(nanoseconds: 1_000_000_000)

/// A router with two LANs, an upstream and a sender's link; `listeners` is what its membership records would say.
private struct Router {
    var table: ForwardingTable
    var listeners: [Flow: MIFSet] = [:]
    var actions: [ForwardingTable.Action] = []

    init(maximumFlows: Int = 65_536) {
        table = ForwardingTable(idleTime: .seconds(60), maximumFlows: maximumFlows)
        table.add(lan0, role: .downstream)
        table.add(lan1, role: .downstream)
        table.add(wan, role: .upstream)
        table.add(sender, role: .source)
    }

    mutating func seen(_ flow: Flow, on mif: MIF, at now: Instant = start) -> [ForwardingTable.Action] {
        var actions: [ForwardingTable.Action] = []
        table.seen(
            flow, on: mif, at: now, wanted: { listeners[$0] ?? [] }, origin: { _ in .unknown }, into: &actions)
        return actions
    }

    mutating func seenElsewhere(_ flow: Flow, on mif: MIF, counters: RouteCounters, at now: Instant) {
        var actions: [ForwardingTable.Action] = []
        table.seenElsewhere(
            flow, on: mif, counters: counters, at: now, wanted: { listeners[$0] ?? [] }, into: &actions)
        #expect(actions == [])
    }

    mutating func advance(to now: Instant, into actions: inout [ForwardingTable.Action]) {
        table.advance(to: now, wanted: { listeners[$0] ?? [] }, origin: { _ in .unknown }, into: &actions)
    }

    /// Lets the table look at its flows, of which the kernel has counted that much for one.
    mutating func look(at flow: Flow, _ counters: RouteCounters?, at now: Instant) -> [ForwardingTable.Action] {
        var actions: [ForwardingTable.Action] = []
        advance(to: now, into: &actions)
        #expect(actions == [.readCounters(flow)])
        actions = []
        table.counted(flow, counters, wanted: { listeners[$0] ?? [] }, into: &actions)
        return actions
    }

    mutating func listeners(of flow: Flow, are set: MIFSet) -> [ForwardingTable.Action] {
        listeners[flow] = set
        var actions: [ForwardingTable.Action] = []
        table.interestChanged(in: flow.group, wanted: { listeners[$0] ?? [] }, into: &actions)
        return actions
    }
}

@Test("M8 A flow that nobody wants gets one negative entry")
func negativeEntry() {
    var router = Router()
    #expect(router.seen(flow, on: wan) == [.set(flow, incoming: wan, outgoing: [], isNew: true)])
    #expect(router.table.count == 1)
}

@Test("C45 A join into a running flow changes its entry at once, and so does the last leave")
func joinIntoRunningFlow() {
    var router = Router()
    _ = router.seen(flow, on: wan)
    #expect(
        router.listeners(of: flow, are: MIFSet(lan0))
            == [.set(flow, incoming: wan, outgoing: MIFSet(lan0), isNew: false)])
    #expect(
        router.listeners(of: flow, are: MIFSet(lan0).union(lan1))
            == [.set(flow, incoming: wan, outgoing: MIFSet(lan0).union(lan1), isNew: false)])
    #expect(
        router.listeners(of: flow, are: MIFSet(lan1))
            == [.set(flow, incoming: wan, outgoing: MIFSet(lan1), isNew: false)])
    #expect(router.listeners(of: flow, are: []) == [.set(flow, incoming: wan, outgoing: [], isNew: false)])
}

@Test("An unchanged wish changes nothing in the kernel")
func noChangeNoAction() {
    var router = Router()
    router.listeners[flow] = MIFSet(lan0)
    _ = router.seen(flow, on: wan)
    #expect(router.listeners(of: flow, are: MIFSet(lan0)) == [])
}

@Test("C45 A group to which nobody sends costs the kernel nothing")
func groupsWithoutFlows() {
    var router = Router()
    #expect(router.listeners(of: flow, are: MIFSet(lan0)) == [])
    #expect(router.table.count == 0)
}

@Test(
    "C45 C82 From downstream always to upstream; from the sender's link only to LANs that listen; never back where it came from"
)
func rolesDecide() {
    var router = Router()
    router.listeners[flow] = MIFSet(lan0).union(lan1)
    #expect(
        router.seen(flow, on: lan0)
            == [.set(flow, incoming: lan0, outgoing: MIFSet(lan1).union(wan), isNew: true)])
    var other = Router()
    other.listeners[flow] = MIFSet(lan0)
    #expect(other.seen(flow, on: sender) == [.set(flow, incoming: sender, outgoing: MIFSet(lan0), isNew: true)])
}

@Test(
    "C45 C84 What must stay on its link gets a negative entry whoever listens",
    arguments: [
        ("fe80::1", "ff1e::1"), ("2001:db8::1", "ff02::1:3"), ("2001:db8::1", "ff01::1"), ("2001:db8::1", "ff10::1"),
        ("::", "ff1e::1"),
    ])
func linkScope(source: String, group: String) {
    let flow = Flow(source: IPv6Address(source)!, group: IPv6Address(group)!)
    var router = Router()
    router.listeners[flow] = MIFSet(lan0)
    #expect(router.seen(flow, on: lan1) == [.set(flow, incoming: lan1, outgoing: [], isNew: true)])
}

@Test("A silent flow loses its entry, a living one keeps it")
func idleFlows() {
    var router = Router()
    _ = router.seen(flow, on: wan)
    #expect(router.table.nextDeadline == start + .seconds(60))
    var actions: [ForwardingTable.Action] = []
    router.advance(to: start + .seconds(60), into: &actions)
    #expect(actions == [.readCounters(flow)])
    actions = []
    router.table.counted(flow, RouteCounters(packets: 7), wanted: { _ in [] }, into: &actions)
    #expect(actions == [])
    router.advance(to: start + .seconds(120), into: &actions)
    router.table.counted(flow, RouteCounters(packets: 7), wanted: { _ in [] }, into: &actions)
    #expect(actions == [.readCounters(flow), .remove(flow)])
    #expect(router.table.count == 0)
    actions = []
    router.advance(to: start + .seconds(1000), into: &actions)
    #expect(actions == [])
    #expect(router.table.nextDeadline == nil)
}

@Test("A source that has moved takes its route along within a second or so, although the kernel counts its packets")
func movedSource() {
    var router = Router()
    router.listeners[flow] = MIFSet(lan0)
    _ = router.seen(flow, on: wan)
    // Packets that come in elsewhere count twice: as packets and as such.
    router.seenElsewhere(
        flow, on: lan1, counters: RouteCounters(packets: 51, wrongInterface: 1), at: start + .seconds(5))
    #expect(router.table.nextDeadline == start + .seconds(6))
    #expect(
        router.look(at: flow, RouteCounters(packets: 90, wrongInterface: 40), at: start + .seconds(6)) == [
            .set(flow, incoming: lan1, outgoing: MIFSet(lan0).union(wan), isNew: false)
        ])
    #expect(router.table[flow]?.incoming == lan1)
    // Silent since: it is looked at once more, and goes.
    #expect(router.look(at: flow, RouteCounters(packets: 95, wrongInterface: 40), at: start + .seconds(66)) == [])
    #expect(
        router.look(at: flow, RouteCounters(packets: 95, wrongInterface: 40), at: start + .seconds(126))
            == [.remove(flow)])
}

@Test("A flow that comes in on two interfaces at once stays where it was")
func duplicatedSource() {
    var router = Router()
    router.listeners[flow] = MIFSet(lan0)
    _ = router.seen(flow, on: wan)
    for second in stride(from: 3, to: 60, by: 3) {
        let count = UInt64(second) * 10
        router.seenElsewhere(
            flow, on: lan1, counters: RouteCounters(packets: 2 * count, wrongInterface: count),
            at: start + .seconds(second))
        let later = RouteCounters(packets: 2 * count + 20, wrongInterface: count + 10)
        #expect(router.look(at: flow, later, at: start + .seconds(second + 1)) == [])
    }
    #expect(router.table[flow]?.incoming == wan)
}

@Test("A flow that the kernel did not take comes back with its next packet")
func notInstalled() {
    var router = Router()
    _ = router.seen(flow, on: wan)
    router.table.notInstalled(flow)
    #expect(router.table.count == 0)
    #expect(router.seen(flow, on: wan) == [.set(flow, incoming: wan, outgoing: [], isNew: true)])
}

@Test("M8 Entries that change hands leave nothing behind: a flood of flows makes the queue of checks no longer")
func boundedChecks() {
    var router = Router(maximumFlows: 16)
    for number in 0..<10_000 {
        let flow = Flow(source: IPv6Address(high: 0x2001_0db8 << 32, low: UInt64(number)), group: group)
        _ = router.seen(flow, on: wan, at: start + .microseconds(number))
    }
    #expect(router.table.count == 16)
    #expect(router.table.pendingChecks == 16)
    var actions: [ForwardingTable.Action] = []
    router.advance(to: start + .seconds(60) + .milliseconds(20), into: &actions)
    #expect(actions.count == 16)
    #expect(router.table.pendingChecks == 16)
}

@Test("At the limit a flow that only the upstream gets makes room for one that a LAN wants")
func flowLimitWithUpstream() {
    var router = Router(maximumFlows: 2)
    let flows = (1...3).map { Flow(source: IPv6Address(high: 0x2001_0db8 << 32, low: $0), group: group) }
    router.listeners[flows[2]] = MIFSet(lan1)
    for flow in flows[0...1] { _ = router.seen(flow, on: lan0) }
    #expect(
        router.seen(flows[2], on: lan0)
            == [.remove(flows[1]), .set(flows[2], incoming: lan0, outgoing: MIFSet(lan1).union(wan), isNew: true)])
}

@Test("An interface that goes takes the routes of its flows along and leaves those of others")
func removedInterface() {
    let other = Flow(source: IPv6Address("2001:db8::2")!, group: group)
    var router = Router()
    router.listeners = [flow: MIFSet(lan0).union(lan1), other: MIFSet(lan1)]
    _ = router.seen(flow, on: wan)
    _ = router.seen(other, on: lan0)
    var actions: [ForwardingTable.Action] = []
    router.table.remove(lan0, wanted: { _ in MIFSet(lan1) }, into: &actions)
    #expect(actions == [.set(flow, incoming: wan, outgoing: MIFSet(lan1), isNew: false), .remove(other)])
    #expect(router.table[other] == nil)
}

@Test("M8 At the limit an unwanted flow makes room, a wanted one never")
func flowLimit() {
    var router = Router(maximumFlows: 2)
    let flows = (1...4).map { Flow(source: IPv6Address(high: 0x2001_0db8 << 32, low: $0), group: group) }
    router.listeners[flows[0]] = MIFSet(lan0)
    router.listeners[flows[3]] = MIFSet(lan0)
    _ = router.seen(flows[0], on: wan)
    _ = router.seen(flows[1], on: wan)
    #expect(
        router.seen(flows[2], on: wan) == [.remove(flows[1]), .set(flows[2], incoming: wan, outgoing: [], isNew: true)])
    _ = router.seen(flows[3], on: wan)
    #expect(router.seen(flows[1], on: wan) == [.limitReached])
    #expect(router.table.count == 2)
    #expect(router.table[flows[0]] != nil)
    #expect(router.table[flows[3]] != nil)
}

@Test(
    "Whatever comes in, the kernel's table replayed from the actions equals what is wanted",
    arguments: 0..<40 as Range<UInt64>)
func replayedActionsMatch(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var router = Router(maximumFlows: 24)
    var kernel: [Flow: (MIF, MIFSet)] = [:]
    func apply(_ actions: [ForwardingTable.Action]) {
        for action in actions {
            switch action {
            case .set(let flow, let incoming, let outgoing, _): kernel[flow] = (incoming, outgoing)
            case .remove(let flow): kernel[flow] = nil
            case .readCounters, .limitReached, .refused: break
            }
        }
    }
    let all = [lan0, lan1, wan, sender]
    for _ in 0..<600 {
        let flow = Flow(
            source: IPv6Address(high: 0x2001_0db8 << 32, low: random.next() % 8),
            group: IPv6Address(high: 0xff1e << 48, low: random.next() % 6))
        switch random.next() % 4 {
        case 0: apply(router.seen(flow, on: all[Int(random.next() % 4)]))
        case 1, 2:
            apply(router.listeners(of: flow, are: MIFSet(rawValue: UInt32(random.next() % 4))))
        default:
            var actions: [ForwardingTable.Action] = []
            router.table.counted(
                flow, RouteCounters(packets: random.next() % 3), wanted: { router.listeners[$0] ?? [] }, into: &actions)
            apply(actions)
        }
        #expect(kernel.count == router.table.count)
        for (flow, (incoming, outgoing)) in kernel {
            var expected = router.listeners[flow] ?? []
            if incoming == lan0 || incoming == lan1 { expected.insert(wan) }
            #expect(outgoing == expected.subtracting(incoming))
            #expect(router.table[flow]?.outgoing == outgoing)
        }
    }
}

/// Global, organization, site, admin.
private let scopes = ["ff1e::1", "ff18::1", "ff15::1", "ff14::1"]

@Test("C85 Groups of the boundary's scope and of narrower ones do not go out on its interface", arguments: [lan1, wan])
func boundaryOutwards(bounded: MIF) {
    var table = ForwardingTable()
    for (mif, role) in [(lan0, InterfaceRole.downstream), (lan1, .downstream), (wan, .upstream)] {
        table.add(mif, role: role, boundary: mif == bounded ? .siteLocal : nil)
    }
    for (number, text) in scopes.enumerated() {
        let flow = Flow(source: IPv6Address("2001:db8::1")!, group: IPv6Address(text)!)
        var actions: [ForwardingTable.Action] = []
        table.seen(
            flow, on: lan0, at: start, wanted: { _ in MIFSet(lan1) }, origin: { _ in .unknown }, into: &actions)
        let all = MIFSet(lan1).union(wan)
        #expect(table[flow]?.outgoing == (number < 2 ? all : all.subtracting(bounded)), "\(text)")
    }
}

@Test("C85 Nor do they come in, and a boundary goes with its interface")
func boundaryInwards() {
    var table = ForwardingTable()
    table.add(lan0, role: .downstream)
    table.add(wan, role: .upstream, boundary: .siteLocal)
    var actions: [ForwardingTable.Action] = []
    for (number, text) in scopes.enumerated() {
        let flow = Flow(source: IPv6Address("2001:db8::1")!, group: IPv6Address(text)!)
        table.seen(
            flow, on: wan, at: start, wanted: { _ in MIFSet(lan0) }, origin: { _ in .unknown }, into: &actions)
        #expect(table[flow]?.outgoing == (number < 2 ? MIFSet(lan0) : []), "\(text)")
    }
    table.remove(wan, wanted: { _ in [] }, into: &actions)
    table.add(wan, role: .upstream)
    let flow = Flow(source: IPv6Address("2001:db8::1")!, group: IPv6Address("ff15::1")!)
    table.seen(
        flow, on: wan, at: start, wanted: { _ in MIFSet(lan0) }, origin: { _ in .unknown }, into: &actions)
    #expect(table[flow]?.outgoing == MIFSet(lan0))
}
