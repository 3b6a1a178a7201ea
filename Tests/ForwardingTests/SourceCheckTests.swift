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

/// A router with two LANs, an upstream and a sender's link, everybody listening on both LANs; `origins` is what unicast
/// routing says.
private struct Router {
    var table: ForwardingTable
    var origins: [IPv6Address: SourceOrigin]
    var questions = 0
    var listeners = MIFSet(lan0).union(lan1)

    init(
        _ origin: SourceOrigin, checks: [MIF: SourceCheck] = [:], withSender: Bool = true, maximumFlows: Int = 65_536
    ) {
        table = ForwardingTable(idleTime: .seconds(60), maximumFlows: maximumFlows)
        origins = [flow.source: origin]
        table.add(lan0, role: .downstream, sourceCheck: checks[lan0] ?? .strict)
        table.add(lan1, role: .downstream, sourceCheck: checks[lan1] ?? .strict)
        table.add(wan, role: .upstream, sourceCheck: checks[wan] ?? .strict)
        if withSender { table.add(sender, role: .source) }
    }

    mutating func seen(_ flow: Flow = flow, on mif: MIF, at now: Instant = start) -> [ForwardingTable.Action] {
        var actions: [ForwardingTable.Action] = []
        table.seen(
            flow, on: mif, at: now, wanted: { _ in listeners },
            origin: { source in
                questions += 1
                return origins[source] ?? .unknown
            }, into: &actions)
        return actions
    }

    mutating func seenElsewhere(on mif: MIF, arrived: UInt64 = 0, at now: Instant = start) -> [ForwardingTable.Action] {
        var actions: [ForwardingTable.Action] = []
        table.seenElsewhere(
            flow, on: mif, counters: RouteCounters(packets: arrived + 1, wrongInterface: 1), at: now,
            wanted: { _ in listeners }, into: &actions)
        return actions
    }

    mutating func advance(to now: Instant) -> [ForwardingTable.Action] {
        var actions: [ForwardingTable.Action] = []
        table.advance(
            to: now, wanted: { _ in listeners },
            origin: { source in
                questions += 1
                return origins[source] ?? .unknown
            }, into: &actions)
        return actions
    }
}

@Test(
    "Where a flow may come in, by what routing says of its source and by the check of the interface",
    arguments: [
        (SourceOrigin.unknown, SourceCheck.strict, [lan0, lan1, wan, sender]),
        (.unknown, .own, [lan0, lan1, wan, sender]),
        (.own, .strict, [sender]), (.own, .own, [sender]),
        (.own, .off, [lan0, lan1, wan, sender]),
        (.onLink(MIFSet(lan0)), .strict, [lan0]), (.onLink(MIFSet(lan0)), .own, [lan0]),
        (.onLink(MIFSet(lan0)), .off, [lan0, lan1, wan]),
        (.routed(MIFSet(wan)), .strict, [wan]), (.routed(MIFSet(wan)), .own, [lan0, lan1, wan]),
        (.routed(MIFSet(wan)), .off, [lan0, lan1, wan]),
        (.routed(MIFSet(wan).union(lan1)), .strict, [wan, lan1]),
    ])
func permitted(origin: SourceOrigin, check: SourceCheck, expected: [MIF]) {
    for mif in [lan0, lan1, wan, sender] {
        // The sender's link is always strict.
        if mif == sender && check != .strict && origin != .own && origin != .unknown { continue }
        var router = Router(origin, checks: [lan0: check, lan1: check, wan: check])
        let actions = router.seen(on: mif)
        #expect((router.table[flow]?.incoming == mif) == expected.contains(mif), "\(origin) \(check) on \(mif)")
        let isRefused = actions.contains { if case .refused = $0 { true } else { false } }
        #expect(isRefused != expected.contains(mif))
    }
}

@Test("Packets with the router's own address from a LAN do not decide: the route is for the sender's link at once")
func ownAddress() {
    var router = Router(.own)
    #expect(
        router.seen(on: lan0) == [
            .set(flow, incoming: sender, outgoing: MIFSet(lan0).union(lan1), isNew: true),
            .refused(flow, on: lan0, expected: sender),
        ])
    // Two a second from the LAN, and nothing yet from the sender: it stays so.
    for second in stride(from: 3, through: 600, by: 3) {
        let now = start + .seconds(second)
        #expect(router.seenElsewhere(on: lan0, at: now) == [.refused(flow, on: lan0, expected: sender)])
    }
    #expect(router.table[flow]?.incoming == sender)
    #expect(router.questions == 1, "a look-up for a new flow only")
}

@Test("Without a sender's link packets with an own address are dropped wherever they come in")
func ownAddressWithoutSender() {
    var router = Router(.own, withSender: false)
    #expect(
        router.seen(on: lan0) == [
            .set(flow, incoming: lan0, outgoing: [], isNew: true), .refused(flow, on: lan0, expected: nil),
        ])
    #expect(router.seenElsewhere(on: wan) == [.refused(flow, on: wan, expected: nil)])
    // Who listens changes nothing.
    var actions: [ForwardingTable.Action] = []
    router.table.interestChanged(in: group, wanted: { _ in MIFSet(lan1) }, into: &actions)
    #expect(actions == [])
    // The link comes, and the first packet on it brings the route there.
    router.table.add(sender, role: .source)
    #expect(
        router.seenElsewhere(on: sender)
            == [.set(flow, incoming: sender, outgoing: MIFSet(lan0).union(lan1), isNew: false)])
}

@Test("A source behind the upstream is never decided by a LAN, neither before nor after the first true packet")
func upstreamSource() {
    var router = Router(.routed(MIFSet(wan)))
    #expect(router.seen(on: lan1).last == .refused(flow, on: lan1, expected: wan))
    #expect(router.table[flow]?.outgoing == MIFSet(lan0).union(lan1))
    // Long silence of the true source: the LAN's packets do not take the route over.
    #expect(router.seenElsewhere(on: lan1, arrived: 10, at: start + .seconds(30)).count == 1)
    var actions: [ForwardingTable.Action] = []
    router.table.counted(flow, RouteCounters(packets: 10), wanted: { _ in [] }, into: &actions)
    router.table.counted(
        flow, RouteCounters(packets: 20, wrongInterface: 10), wanted: { _ in [] }, into: &actions)
    #expect(actions == [.remove(flow)])
}

@Test("Of equally good paths the one that brings the packets gets the route at once, if the other was only assumed")
func multipath() {
    var router = Router(.routed(MIFSet(lan1).union(wan)))
    #expect(router.seen(on: lan0).last == .refused(flow, on: lan0, expected: lan1))
    #expect(
        router.seenElsewhere(on: wan)
            == [.set(flow, incoming: wan, outgoing: MIFSet(lan0).union(lan1), isNew: false)])
    // From now on it is known, and moves only when it brings nothing any more.
    #expect(router.seenElsewhere(on: lan1, arrived: 5, at: start + .seconds(5)) == [])
    #expect(router.table[flow]?.incoming == wan)
}

@Test("When routing changes, a flow moves to where it leads now; where it leads nowhere, the flow stays")
func routingChanges() {
    var router = Router(.unknown)
    #expect(router.seen(on: lan0) == [.set(flow, incoming: lan0, outgoing: MIFSet(lan1).union(wan), isNew: true)])
    // A route appears.
    router.origins[flow.source] = .routed(MIFSet(wan))
    router.table.routingChanged(at: start + .seconds(1))
    #expect(router.table.nextDeadline == start + .seconds(1))
    let both = MIFSet(lan0).union(lan1)
    #expect(router.advance(to: start + .seconds(1)) == [.set(flow, incoming: wan, outgoing: both, isNew: false)])
    #expect(router.seenElsewhere(on: lan0, arrived: 9, at: start + .seconds(2)).count == 1, "refused by now")
    // It changes.
    router.origins[flow.source] = .routed(MIFSet(lan1))
    router.table.routingChanged(at: start + .seconds(3))
    #expect(
        router.advance(to: start + .seconds(3)) == [
            .set(flow, incoming: lan1, outgoing: MIFSet(lan0).union(wan), isNew: false)
        ])
    // It vanishes: packets decide again.
    router.origins[flow.source] = .unknown
    router.table.routingChanged(at: start + .seconds(4))
    #expect(router.advance(to: start + .seconds(4)) == [])
    #expect(router.seenElsewhere(on: lan0, arrived: 9, at: start + .seconds(5)) == [])
    #expect(router.table.nextDeadline == start + .seconds(6), "looked at for a move")
    // And comes back before that: the move is off.
    router.origins[flow.source] = .routed(MIFSet(lan1))
    router.table.routingChanged(at: start + .seconds(5))
    _ = router.advance(to: start + .seconds(5))
    var actions = router.advance(to: start + .seconds(6))
    #expect(actions == [.readCounters(flow)])
    actions = []
    router.table.counted(flow, RouteCounters(packets: 9), wanted: { _ in both }, into: &actions)
    #expect(!actions.contains { if case .set(_, incoming: lan0, outgoing: _, isNew: _) = $0 { true } else { false } })
}

@Test("An interface that goes is nowhere expected any more, also where another gets its number")
func interfaceGone() {
    var router = Router(.routed(MIFSet(lan1).union(wan)))
    _ = router.seen(on: wan)
    var actions: [ForwardingTable.Action] = []
    router.table.remove(lan1, wanted: { _ in MIFSet(lan0) }, into: &actions)
    router.table.add(lan1, role: .downstream)
    #expect(router.seenElsewhere(on: lan1, arrived: 1) == [.refused(flow, on: lan1, expected: wan)])
}

@Test("Nobody asks routing about sources that are never forwarded", arguments: ["fe80::1", "::", "::1", "ff1e::1"])
func noQuestion(source: String) {
    var router = Router(.own)
    let flow = Flow(source: IPv6Address(source)!, group: group)
    #expect(router.seen(flow, on: lan1) == [.set(flow, incoming: lan1, outgoing: [], isNew: true)])
    router.table.routingChanged(at: start)
    _ = router.advance(to: start)
    #expect(router.questions == 0)
}

@Test("M8 Routing that changes without end costs a bounded number of questions, and every flow follows the last change")
func storm() {
    var router = Router(.routed(MIFSet(wan)))
    let flows = (1...1000).map { Flow(source: IPv6Address(high: 0x2001_0db8 << 32, low: $0), group: group) }
    for flow in flows {
        router.origins[flow.source] = .routed(MIFSet(wan))
        _ = router.seen(flow, on: wan)
    }
    router.questions = 0
    var turns = 0
    for millisecond in 0..<10_000 {  // ten changes each
        let now = start + .seconds(1) + .milliseconds(millisecond)
        for _ in 0..<10 { router.table.routingChanged(at: now) }
        while let due = router.table.nextDeadline, due <= now {
            let before = router.questions
            _ = router.advance(to: now)
            #expect(router.questions - before <= 256)
            turns += 1
        }
    }
    #expect(turns <= 502, "one each 20 ms")
    #expect(router.questions <= 130_000)
    for flow in flows { router.origins[flow.source] = .routed(MIFSet(lan1)) }
    let last = start + .seconds(11)
    router.table.routingChanged(at: last)
    while let due = router.table.nextDeadline, due < last + .seconds(1) { _ = router.advance(to: due) }
    #expect(flows.allSatisfy { router.table[$0]?.incoming == lan1 })
}

@Test("M8 A change during a pass begins another one after it")
func changeDuringPass() {
    var review = OriginReview()
    review.request(at: start)
    #expect(review.nextSlice(of: 600, at: start) == 0..<256)
    review.request(at: start + .milliseconds(1))
    #expect(review.nextSlice(of: 600, at: start + .milliseconds(1)) == nil)
    #expect(review.nextSlice(of: 600, at: start + .milliseconds(20)) == 256..<512)
    #expect(review.nextSlice(of: 600, at: start + .milliseconds(40)) == 512..<600)
    #expect(review.due == start + .milliseconds(100))
    #expect(review.nextSlice(of: 100, at: start + .milliseconds(100)) == 0..<100)
    #expect(review.due == .distantFuture)
    #expect(review.nextSlice(of: 0, at: start + .seconds(9)) == nil)
    review.request(at: start + .seconds(9))
    #expect(review.nextSlice(of: 0, at: start + .seconds(9)) == 0..<0)
    #expect(review.due == .distantFuture)
}

@Test("M8 At the limit flows that were seen only where they cannot be make room, although LANs want them")
func assumedFlowsMakeRoom() {
    var router = Router(.unknown, maximumFlows: 2)
    let flows = (1...3).map { Flow(source: IPv6Address(high: 0x2001_0db8 << 32, low: $0), group: group) }
    for flow in flows { router.origins[flow.source] = .routed(MIFSet(wan)) }
    _ = router.seen(flows[0], on: wan)
    _ = router.seen(flows[1], on: lan0)  // forged
    #expect(router.seen(flows[2], on: wan).first == .remove(flows[1]))
    #expect(router.table[flows[0]] != nil && router.table[flows[2]] != nil)
}

@Test(
    "C45 Whatever comes in, changes or goes, a flow never leaves by an interface while it comes in where it cannot",
    arguments: 0..<40 as Range<UInt64>)
func neverFromWrongInterface(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let all = [lan0, lan1, wan, sender]
    let checks = Dictionary(uniqueKeysWithValues: all.map { ($0, SourceCheck.allCases[Int(random.next() % 3)]) })
    var router = Router(.unknown, checks: checks, maximumFlows: 12)
    var now = start
    let sources = (1...6).map { IPv6Address(high: 0x2001_0db8 << 32, low: $0) }
    for _ in 0..<500 {
        now = now + .milliseconds(Int(random.next() % 400))
        let flow = Flow(source: sources[Int(random.next() % 6)], group: group)
        let mif = all[Int(random.next() % 4)]
        var actions: [ForwardingTable.Action] = []
        let counters = RouteCounters(packets: random.next() % 3)
        switch random.next() % 6 {
        case 0, 1: _ = router.seen(flow, on: mif, at: now)
        case 2:
            router.table.seenElsewhere(
                flow, on: mif, counters: counters, at: now, wanted: { _ in router.listeners }, into: &actions)
        case 3:
            router.table.counted(flow, counters, wanted: { _ in router.listeners }, into: &actions)
        case 4:
            let set = MIFSet(rawValue: UInt32(random.next() % 7) + 1)
            router.origins[flow.source] = [.unknown, .own, .onLink(set), .routed(set)][Int(random.next() % 4)]
            router.table.routingChanged(at: now)
            now = now + .milliseconds(100)
            _ = router.advance(to: now)
        default: _ = router.advance(to: now)
        }
        router.table.forEachRoute { route in
            let origin = router.origins[route.flow.source] ?? .unknown
            let check = route.incoming == sender ? .strict : checks[route.incoming] ?? .strict
            let role: InterfaceRole = route.incoming == sender ? .source : .downstream
            #expect(route.outgoing.isEmpty || check.permits(origin, on: route.incoming, role: role))
        }
    }
}
