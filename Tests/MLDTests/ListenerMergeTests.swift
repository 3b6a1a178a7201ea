import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// A change during the repetitions of another one (RFC 9777 §6.1).
@Suite("Merged changes of a listener")
struct ListenerMergeTests {
    typealias Record = MLDReport.Record

    /// Wishes that follow each other before any repetition, and what each then has sent; what is repeated afterwards.
    struct Sequence: Sendable, CustomTestStringConvertible {
        let name: String
        let wishes: [(FilterMode, [Int])]
        let sent: [[(MLDRecordKind, [Int])]]
        let repeated: [[(MLDRecordKind, [Int])]]
        var testDescription: String { name }
    }

    /// With a robustness variable of 3.
    static let sequences = [
        Sequence(
            name: "two sources one after the other", wishes: [(.include, [1]), (.include, [1, 2])],
            sent: [[(.allow, [1])], [(.allow, [1, 2])]], repeated: [[(.allow, [1, 2])], [(.allow, [2])]]),
        Sequence(
            name: "a source allowed and another blocked", wishes: [(.include, [1]), (.include, [2])],
            sent: [[(.allow, [1])], [(.allow, [2]), (.block, [1])]],
            repeated: [[(.allow, [2]), (.block, [1])], [(.allow, [2]), (.block, [1])]]),
        Sequence(
            name: "there and back", wishes: [(.include, [1]), (.include, []), (.include, [1])],
            sent: [[(.allow, [1])], [(.block, [1])], [(.allow, [1])]], repeated: [[(.allow, [1])], [(.allow, [1])]]),
        Sequence(
            name: "join and leave", wishes: [(.exclude, []), (.include, [])],
            sent: [[(.toExclude, [])], [(.toInclude, [])]], repeated: [[(.toInclude, [])], [(.toInclude, [])]]),
        Sequence(
            name: "a mode, then sources: the mode's records say it as long as they last",
            wishes: [(.exclude, []), (.exclude, [1])], sent: [[(.toExclude, [])], [(.toExclude, [1])]],
            repeated: [[(.toExclude, [1])], [(.block, [1])]]),
        Sequence(
            name: "a mode, then sources twice", wishes: [(.exclude, [1]), (.exclude, [1, 2]), (.exclude, [2, 3])],
            sent: [[(.toExclude, [1])], [(.toExclude, [1, 2])], [(.toExclude, [2, 3])]],
            repeated: [[(.allow, [1]), (.block, [2, 3])], [(.allow, [1]), (.block, [3])]]),
        Sequence(
            name: "sources, then a mode: its records say all", wishes: [(.include, [1]), (.exclude, [2])],
            sent: [[(.allow, [1])], [(.toExclude, [2])]], repeated: [[(.toExclude, [2])], [(.toExclude, [2])]]),
        Sequence(
            name: "a mode to sources and to nothing", wishes: [(.exclude, []), (.include, [1, 2]), (.include, [])],
            sent: [[(.toExclude, [])], [(.toInclude, [1, 2])], [(.toInclude, [])]],
            repeated: [[(.toInclude, [])], [(.block, [1, 2])]]),
        Sequence(
            name: "more changes than the robustness variable",
            wishes: [(.exclude, []), (.exclude, [1]), (.exclude, [1, 2]), (.exclude, [1, 2, 3])],
            sent: [[(.toExclude, [])], [(.toExclude, [1])], [(.toExclude, [1, 2])], [(.block, [1, 2, 3])]],
            repeated: [[(.block, [2, 3])], [(.block, [3])]]),
    ]

    @Test(
        "C75 A change during the repetitions is merged with them, sent at once and counted anew", arguments: sequences)
    func merging(sequence: Sequence) {
        func records(_ kinds: [(MLDRecordKind, [Int])]) -> [Record] {
            kinds.map { Record($0.0, group(1), $0.1.map(source)) }
        }
        var host = TestListener { $0.robustnessVariable = 3 }
        for (wish, expected) in zip(sequence.wishes, sequence.sent) {
            host.want(group(1), wish.0, wish.1.map(source))
            #expect(host.reports() == [records(expected)])
        }
        host.pass(.seconds(10))
        #expect(host.reports() == sequence.repeated.map(records))
        #expect(host.listener.nextDeadline == nil)
    }

    @Test("C75 The repetitions of the earlier report end, those of the new one have their own random times")
    func repetitionsStartAnew() {
        for seed in 1...30 as ClosedRange<UInt64> {
            var host = TestListener(seed: seed) { $0.robustnessVariable = 4 }
            host.want(group(1), .include, [source(1)])
            host.pass(.milliseconds(300))
            _ = host.sent()
            let changed = host.now
            host.want(group(1), .include, [source(1), source(2)])
            host.pass(.seconds(10))
            let sent = host.sent()
            #expect(sent.count == 4 && sent[0].at == changed)
            #expect(zip(sent, sent.dropFirst()).allSatisfy { $1.at > $0.at && $1.at - $0.at <= .seconds(1) })
            #expect(sent.allSatisfy { $0.records.contains { $0.kind == .allow && $0.sources.contains(source(2)) } })
        }
    }

    /// What somebody believes of the host who hears some of its reports: a set and a mode, nothing more.
    private struct Belief: Equatable {
        var mode = FilterMode.include
        var sources: Set<IPv6Address> = []

        mutating func hear(_ record: Record) {
            let named = Set(record.sources)
            switch record.kind {
            case .isInclude, .toInclude: (mode, sources) = (.include, named)
            case .isExclude, .toExclude: (mode, sources) = (.exclude, named)
            case .allow:
                if mode == .include { sources.formUnion(named) } else { sources.subtract(named) }
            case .block:
                if mode == .include { sources.subtract(named) } else { sources.formUnion(named) }
            }
        }
    }

    @Test(
        "C73 C75 Whoever loses any RV−1 reports in a row, over and over, still learns what the host wants",
        arguments: [1, 2, 3, 4])
    func losses(robustness: Int) {
        for seed in 1...200 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            var host = TestListener(seed: seed) { $0.robustnessVariable = robustness }
            var wanted = Belief()
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let bits = Int.random(in: 0..<16, using: &random)
                let sources = (0..<4).filter { bits >> $0 & 1 == 1 }.map { source($0 + 1) }
                wanted = Belief(
                    mode: Int.random(in: 0..<3, using: &random) == 0 ? .exclude : .include, sources: Set(sources))
                host.want(group(1), wanted.mode, sources)
                if Bool.random(using: &random) { host.pass(.milliseconds(Int.random(in: 0...900, using: &random))) }
            }
            host.pass(.seconds(20))
            let reports = host.reports()
            for pattern in 0..<64 {
                var belief = Belief()
                var lostInARow = 0
                for (index, records) in reports.enumerated() {
                    // The first patterns lose as much as may be, shifted; the others at random.
                    let loses =
                        pattern < robustness
                        ? (index + pattern) % robustness != 0
                        : lostInARow < robustness - 1 && Int.random(in: 0..<4, using: &random) > 0
                    lostInARow = loses ? lostInARow + 1 : 0
                    if !loses { for record in records { belief.hear(record) } }
                }
                #expect(belief == wanted, "seed \(seed) pattern \(pattern)")
            }
        }
    }
}
