import IPv6
import SeededRandom
import Testing
import Timing

@testable import MLD

/// Whatever comes, in whatever order.
@Suite("What a listener endures")
struct ListenerRobustnessTests {
    /// Right queries, and any octets at all.
    private static func message(using random: inout SeededGenerator) -> [UInt8] {
        let sources = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            source(Int.random(in: 1...6, using: &random))
        }
        let asked = [IPv6Address.unspecified, group(Int.random(in: 1...30, using: &random)), .allNodes]
        let query = MLDQuery(
            version: Int.random(in: 0..<6, using: &random) == 0 ? .mldv1 : .mldv2,
            maximumResponseDelay: .random(in: 0...UInt32.random(in: 0...9_000_000, using: &random), using: &random),
            group: asked[Int.random(in: 0..<3, using: &random)], sources: sources)
        var octets = query.encoded(from: TestListener.querier, to: .allNodes)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
        case 1: octets = Array(octets.prefix(Int.random(in: 0...octets.count, using: &random)))
        case 2:
            let heard = MLDv1Message(.report, group(Int.random(in: 1...30, using: &random)))
            octets = heard.encoded(from: host(1), to: heard.group)
        default: break
        }
        return octets
    }

    @Test("C13 Messages of any content, wishes and changes of the address in any order leave the state sound")
    func anything() {
        for seed in 1...16 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var host = TestListener(mtu: [0, 80, 1280, 1500, .max].randomElement(using: &random) ?? 0, seed: seed) {
                $0.robustnessVariable = [-1, 1, 2, 300].randomElement(using: &random) ?? 2
                $0.unsolicitedReportInterval =
                    [.zero, .seconds(-1), .seconds(1)].randomElement(using: &random) ?? .zero
                $0.maximumQueriedSources = .random(in: 0...8, using: &random)
                $0.queryInterval = .seconds(1)
            }
            var wanted: [IPv6Address: MLDListener.Wish] = [:]
            for _ in 1...300 {
                switch Int.random(in: 0..<8, using: &random) {
                case 0...2:
                    let mode: FilterMode = Bool.random(using: &random) ? .include : .exclude
                    let sources = (1...6).filter { _ in Bool.random(using: &random) }.map(source)
                    let group = group(Int.random(in: 1...30, using: &random))
                    wanted[group] =
                        mode == .include && sources.isEmpty ? nil : .init(group: group, mode: mode, sources: sources)
                    host.want(group, mode, sources.shuffled(using: &random))
                case 3...5: host.receive(Self.message(using: &random))
                case 6: host.setHasLinkLocal(.random(using: &random))
                default:
                    let pause = Duration.milliseconds(Int.random(in: 0...20_000, using: &random))
                    if Bool.random(using: &random) { host.now = host.now + pause } else { host.pass(pause) }
                }
                let table = host.listener.table
                let live = table.places.map { table[$0] }.filter { !$0.address.isUnspecified }
                #expect(live.count == table.count)
                #expect(table.recordOctets == live.filter(\.isHeard).reduce(0) { $0 + $1.recordLength })
                #expect(table.queriedSourceTotal == live.reduce(0) { $0 + $1.queriedSources.count })
                #expect(table.queuedDeadlines <= 4 * table.places.count + 64)
            }
            #expect(host.listener.groups == wanted.values.sorted { $0.group < $1.group }, "seed \(seed)")
            // No IS_IN({}), and every message within the link's MTU.
            for sent in host.sent() {
                let records = sent.records
                #expect(records.allSatisfy { $0.kind != .isInclude || !$0.sources.isEmpty })
                #expect(MLDReport(records).encodedLength + 48 <= min(max(host.listener.mtu, 92), 65_535))
            }
            for group in wanted.keys { host.want(group, .include, []) }
            host.pass(.seconds(20_000))
            #expect(host.listener.table.count == 0 && host.listener.nextDeadline == nil, "seed \(seed)")
        }
    }
}
