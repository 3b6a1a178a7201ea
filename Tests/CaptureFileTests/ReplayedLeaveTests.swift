import CaptureFile
import IPv6
import MLD
import MembershipObjects
import Replay
import RouterControl
import SeededRandom
import Testing
import Timing

/// A replay in the role of a router follows the rules of leaving that the live router follows.
@Suite struct ReplayedLeaveTests {
    /// A live querier, and all that passes on its link, its own queries included, as a capture has it.
    private struct LiveLink {
        static let address = IPv6Address(high: 0xfe80 << 48, low: 0x80)
        static let hosts = (1...4).map { IPv6Address(high: 0xfe80 << 48, low: 0x1_0000_0000 + $0) }
        static let groups = [
            IPv6Address(high: 0xff1e << 48, low: 1), IPv6Address(high: 0xff1e << 48, low: 2),
            IPv6Address(high: 0xff3e << 48, low: 0x8000_0001),
        ]
        static let sources = (1...4).map { IPv6Address(high: 0x2001_0db8 << 32, low: $0) }

        var router: MLDRouter
        var now = Instant(nanoseconds: 1_000_000_000)
        var frames: [SampleCapture.Frame] = []
        var events: [RouterEvent] = []
        private var actions: [MLDRouter.Action] = []

        init() {
            router = MLDRouter(configuration: MLDConfiguration(), address: Self.address, mtu: 1500)
            router.reportsEvents = true
            router.start(at: now, into: &actions)
            perform()
        }

        private mutating func perform() {
            for action in actions {
                switch action {
                case .send(let query, let group): capture(query.packet(from: Self.address, to: group))
                case .event(let event): events.append(RouterEvent(event, interface: "lan0", at: seconds(now)))
                case .suggestionChanged: break
                }
            }
            actions = []
        }

        private mutating func capture(_ packet: [UInt8]) {
            frames.append(.init(time: now.nanoseconds, octets: packet, length: packet.count))
        }

        mutating func pass(_ duration: Duration) {
            let end = now + duration
            while let next = router.nextDeadline, next < end {
                now = max(now, next)
                router.advance(to: now, into: &actions)
                perform()
            }
            now = end
        }

        /// What is due now.
        mutating func settle() {
            router.advance(to: now, into: &actions)
            perform()
        }

        /// A message of a host.
        mutating func receive(_ message: some MLDMessage, from host: IPv6Address, to group: IPv6Address) {
            capture(message.packet(from: host, to: group))
            router.receive(
                message.encoded(from: host, to: group).span.bytes, from: host, to: group, hopLimit: 1,
                routerAlert: true, at: now, into: &actions)
            perform()
            settle()
        }

        mutating func report(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = [], host: Int = 0)
        {
            receive(
                MLDReport([.init(kind, group, sources)]), from: Self.hosts[host], to: .allMLDv2Routers)
        }

        var tables: [GroupStatus] {
            router.groups.compactMap { router.group($0) }.map { GroupStatus($0, interface: "lan0", at: now) }
        }

        /// Of groups, sources and hosts: who is querier a replay can only learn.
        var changes: [String] { Self.changes(events) }
        static func changes(_ events: [RouterEvent]) -> [String] {
            events.filter { $0.event != .querierChanged }.map {
                "\($0.time) \($0.event) \($0.groupAddress ?? "") \($0.sourceAddress ?? "") \($0.hostAddress ?? "")"
            }
        }
    }

    private static func seconds(_ time: Instant) -> Double { Double(time.nanoseconds) / 1e9 }

    private func replayed(_ live: LiveLink, as role: ReplayRole = .router) throws -> Replayed {
        // A packet of no protocol at the end, so that both are at the same time.
        let last: [UInt8] = [0x60, 0, 0, 0, 0, 0, 59, 1] + [UInt8](repeating: 0, count: 32)
        let frames = live.frames + [.init(time: live.now.nanoseconds, octets: last, length: last.count)]
        return try Replayed(SampleCapture(linkType: 229, frames: frames), .nanoseconds, as: role)
    }

    @Test("The last known host's leave ends a group at once, as live")
    func lastLeave() throws {
        var live = LiveLink()
        live.pass(.seconds(20))
        live.report(.toExclude, LiveLink.groups[0])
        live.pass(.seconds(5))
        live.report(.toInclude, LiveLink.groups[0])
        #expect(live.tables.isEmpty)
        #expect(try replayed(live).groups.isEmpty)
        #expect(try replayed(live).end.groups == live.tables)
    }

    @Test("A leave while another known host listens lowers no timer, although the querier asks")
    func otherListens() throws {
        var live = LiveLink()
        live.pass(.seconds(20))
        live.report(.toExclude, LiveLink.groups[0], host: 0)
        live.report(.toExclude, LiveLink.groups[0], host: 1)
        live.report(.toInclude, LiveLink.groups[0], host: 0)
        live.pass(.seconds(30))
        #expect(live.tables.count == 1)
        #expect(try replayed(live).end.groups == live.tables)
        #expect(try replayed(live, as: .snooper).groups.isEmpty, "the answer is not in the capture")
    }

    @Test("Without a querier in the capture leaving is settled, too: at once after ten seconds, before that within two")
    func noQuerier() throws {
        var live = LiveLink()
        live.report(.toExclude, LiveLink.groups[0])
        live.pass(.seconds(2))
        live.report(.toInclude, LiveLink.groups[0])
        live.pass(.seconds(1))
        live.report(.toExclude, LiveLink.groups[1])
        live.pass(.seconds(20))
        live.report(.toInclude, LiveLink.groups[1])
        let silent = live.frames.filter { $0.octets[8..<24] != LiveLink.address.octets[...] }
        #expect(silent.count == 4)
        let result = try Replayed(SampleCapture(linkType: 229, frames: silent), .nanoseconds)
        #expect(result.groups.isEmpty)
        let ends = result.events.filter { $0.event == .groupRemoved }.map(\.time)
        #expect(ends == [5, 24])
        #expect(result.statistics.sent == MessageCounts())
    }

    @Test("Seeded links: a live querier and the replay of its link have the same groups at the same times")
    func seeded() throws {
        for seed in 1...100 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var live = LiveLink()
            for _ in 0..<60 {
                let wait = [0, 1, 20, 300, 1000, 2000, 9000, 60_000].randomElement(using: &random) ?? 0
                live.pass(.milliseconds(wait))
                let host = Int.random(in: 0..<LiveLink.hosts.count, using: &random)
                let group = LiveLink.groups.randomElement(using: &random) ?? LiveLink.groups[0]
                if Int.random(in: 0..<12, using: &random) == 0 {
                    let isReport = Bool.random(using: &random)
                    live.receive(
                        MLDv1Message(isReport ? .report : .done, group), from: LiveLink.hosts[host],
                        to: isReport ? group : .allRouters)
                    continue
                }
                let kinds: [MLDRecordKind] = [.isInclude, .isExclude, .toInclude, .toExclude, .allow, .block]
                live.report(
                    kinds.randomElement(using: &random) ?? .allow, group,
                    LiveLink.sources.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }, host: host)
            }
            live.pass(.milliseconds(Int.random(in: 0..<3000, using: &random)))
            live.settle()
            let replay = try replayed(live)
            #expect(replay.end.groups == live.tables, "seed \(seed)")
            #expect(LiveLink.changes(replay.events) == live.changes, "seed \(seed)")
            guard replay.end.groups == live.tables else { break }
        }
    }
}
