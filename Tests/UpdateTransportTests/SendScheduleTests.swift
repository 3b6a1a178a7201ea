import SeededRandom
import Testing
import Timing

@testable import UpdateTransport

private let start = Instant(nanoseconds: 1_000_000_000_000)

/// The object of a table: blocks, leaves of a hash packet.
private struct Sample: CustomTestStringConvertible {
    var blocks: [Int]
    var leaves: Int
    var testDescription: String { "\(blocks.count) blocks of \(blocks[0]) by \(leaves)" }
    var shape: SendShape { SendShape(sourceSymbols: blocks, pieceLeaves: leaves, announcements: 0) }

    static let all = [
        Sample(blocks: [1], leaves: 1), Sample(blocks: [1], leaves: 75), Sample(blocks: [2], leaves: 2),
        Sample(blocks: [40], leaves: 7), Sample(blocks: [300], leaves: 3), Sample(blocks: [41, 41, 40], leaves: 10),
        Sample(blocks: [2, 1], leaves: 5), Sample(blocks: [100, 99, 99, 99], leaves: 1),
        Sample(blocks: Array(repeating: 13, count: 256), leaves: 4),
    ]
}

extension SendSchedule {
    /// Content and hash packets until the place where the lap began comes again.
    fileprivate mutating func lap() -> [SendPacket] {
        let wanted = (0..<shape.blockCount).reduce(0) { $0 + 2 * shape.sourceSymbols($1) }
        var packets: [SendPacket] = []
        var content = 0
        while content < wanted {
            let packet = next(at: Instant(nanoseconds: 0))
            switch packet {
            case .content: content += 1
            case .hash: break
            case .manifest, .announcement: continue
            }
            packets.append(packet)
        }
        return packets
    }
}

@Suite("The order of packets")
struct SendScheduleTests {
    @Test("Every symbol comes once in a lap, from wherever it begins", arguments: Sample.all)
    private func once(sample: Sample) {
        let shape = sample.shape
        var expected: Set<SendPacket> = []
        for block in 0..<shape.blockCount {
            for esi in 0..<2 * shape.sourceSymbols(block) { expected.insert(.content(block: block, esi: esi)) }
        }
        for seed: UInt64 in 0..<6 {
            var generator = SeededGenerator(seed: seed)
            var schedule = SendSchedule(shape, start: seed == 0 ? .beginning : .random, random: generator.next())
            for _ in 0..<3 {
                let content = schedule.lap().filter { if case .content = $0 { true } else { false } }
                #expect(content.count == expected.count)
                #expect(Set(content) == expected)
            }
        }
    }

    @Test("The first lap from the beginning has the source symbols first, and they take turns", arguments: Sample.all)
    private func rounds(sample: Sample) {
        let shape = sample.shape
        var schedule = SendSchedule(shape, start: .beginning, random: 7)
        var content: [(block: Int, esi: Int)] = []
        for packet in schedule.lap() { if case .content(let block, let esi) = packet { content.append((block, esi)) } }
        let source = content.prefix(sample.blocks.reduce(0, +))
        #expect(source.allSatisfy { $0.esi < shape.sourceSymbols($0.block) })
        for (one, next) in zip(source, source.dropFirst()) {
            #expect((one.esi, one.block) < (next.esi, next.block))
        }
    }

    @Test(
        "A hash packet comes before each of its symbols, also at a random start and after a pause",
        arguments: Sample.all)
    private func before(sample: Sample) {
        let shape = sample.shape
        for seed: UInt64 in 0..<6 {
            var generator = SeededGenerator(seed: seed)
            var schedule = SendSchedule(shape, start: seed % 2 == 0 ? .beginning : .random, random: generator.next())
            for _ in 0..<3 {
                var known: Set<SendPacket> = []
                for _ in 0..<Int.random(in: 1...2_000, using: &generator) {
                    switch schedule.next(at: start) {
                    case .content(let block, let esi):
                        let count = shape.sourceSymbols(block)
                        let piece = esi % count / sample.leaves
                        let half = esi < count ? SendPacket.Half.source : .repair
                        #expect(known.contains(.hash(block: block, half: half, index: piece)))
                    case let packet: known.insert(packet)
                    }
                }
                schedule.resume()
            }
        }
    }

    @Test(
        "Hash packets come once in phase 1 and three or five times in phase 2, spread over their symbols",
        arguments: Sample.all)
    private func hashes(sample: Sample) {
        let shape = sample.shape
        let laps = 3
        var schedule = SendSchedule(shape, start: .beginning, random: 3)
        var symbols = Array(repeating: 0, count: shape.blockCount)
        var counts: [SendPacket: Int] = [:]
        while symbols.indices.contains(where: { symbols[$0] <= 2 * laps * shape.sourceSymbols($0) }) {
            let packet = schedule.next(at: start)
            switch packet {
            case .content(let block, _): symbols[block] += 1
            case .hash(let block, let half, let index) where index < shape.pieces(block):
                let count = shape.sourceSymbols(block)
                let first = index * sample.leaves
                let leaves = min(sample.leaves, count - first)
                let place = symbols[block] % (2 * count)
                if half == .source {
                    #expect(place == first)
                } else {
                    #expect(Self.copies(index, leaves).contains(place - count - first))
                }
                if symbols[block] < 2 * laps * count || half == .repair { counts[packet, default: 0] += 1 }
            default: break
            }
        }
        for block in 0..<shape.blockCount {
            for index in 0..<shape.pieces(block) {
                #expect(counts[.hash(block: block, half: .source, index: index)] == laps)
                let leaves = min(sample.leaves, shape.sourceSymbols(block) - index * sample.leaves)
                let copies = Self.copies(index, leaves).count
                #expect(counts[.hash(block: block, half: .repair, index: index)] == copies * laps)
            }
        }
    }

    /// Before which of its symbols a hash packet of phase 2 goes.
    private static func copies(_ index: Int, _ leaves: Int) -> Set<Int> {
        let copies = index < 3 ? 3 : 5
        return Set((0..<copies).map { $0 * leaves / copies })
    }

    @Test("Repair pieces go round and round: each half's have all been sent after some laps, none twice before")
    func repairPieces() {
        let shape = SendShape(sourceSymbols: [400, 399], pieceLeaves: 10, announcements: 0)
        var schedule = SendSchedule(shape, start: .beginning, random: 99 << 32)
        var sent: [SendPacket: Int] = [:]
        var firstPhase = 0
        var isFirst = true
        for _ in 0..<16 {
            for packet in schedule.lap() {
                if case .hash(_, .repair, _) = packet { isFirst = false }
                guard case .hash(let block, _, let index) = packet, index >= shape.pieces(block) else { continue }
                #expect(index < 2 * shape.pieces(block))
                sent[packet, default: 0] += 1
                if isFirst { firstPhase += 1 }
            }
        }
        #expect(firstPhase == 2 * 3)  // 40 hash packets of each block
        for block in 0..<2 {
            for half in SendPacket.Half.allCases {
                let counts = (40..<80).map { sent[.hash(block: block, half: half, index: $0)] ?? 0 }
                let least = counts.min() ?? 0
                #expect(least >= 1 && (counts.max() ?? 0) - least <= 1, "\(half)")
            }
        }
    }

    @Test("Equal numbers make equal orders, others other places")
    func deterministic() {
        let shape = Sample(blocks: [900, 900, 899], leaves: 30).shape
        func first(_ random: UInt64) -> [SendPacket] {
            var schedule = SendSchedule(shape, start: .random, random: random)
            return (0..<500).map { _ in schedule.next(at: start) }
        }
        #expect(first(12) == first(12))
        var generator = SeededGenerator(seed: 5)
        let places = Set(
            (0..<200).map { _ in first(generator.next()).first { if case .content = $0 { true } else { false } } })
        #expect(places.count > 180)
        #expect(places.contains { if case .content(_, let esi) = $0 { esi >= 900 } else { false } })
    }

    @Test("After a pause it begins again, or goes on, by its start")
    func pause() {
        let shape = Sample(blocks: [50], leaves: 5).shape
        for start: SendSchedule.Start in [.beginning, .random, .percent(10)] {
            var schedule = SendSchedule(shape, start: start, random: 30)
            var content: [Int] = []
            for index in 0..<40 {
                if index == 20 { schedule.resume() }
                if case .content(_, let esi) = schedule.next(at: Instant(nanoseconds: 0)) { content.append(esi) }
            }
            let again = content.indices.dropFirst().first { content[$0] != content[$0 - 1] + 1 }
            #expect((again != nil) == (start == .beginning))
            if let again { #expect(content[again] == 0) }
        }
    }

    @Test(
        "It begins where it is told to",
        arguments: [
            ("beginning", 0), ("0%", 0), ("25%", 25), ("50%", 50), ("99%", 99), ("100%", nil), ("-1%", nil),
            ("+1%", nil),
            ("50", nil), ("", nil), ("%", nil), ("middle", nil),
        ] as [(String, Int?)])
    func place(text: String, esi: Int?) throws {
        guard let esi else {
            #expect(SendSchedule.Start(text) == nil)
            return
        }
        let start = try #require(SendSchedule.Start(text))
        var schedule = SendSchedule(Sample(blocks: [50], leaves: 5).shape, start: start, random: 77)
        let content = (0..<10).compactMap { _ -> Int? in
            if case .content(_, let esi) = schedule.next(at: Instant(nanoseconds: 0)) { esi } else { nil }
        }
        #expect(content.first == esi)
    }

    @Test("It knows the next repair symbol of each block", arguments: Sample.all)
    private func nextRepair(sample: Sample) {
        let shape = sample.shape
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<20 {
            var schedule = SendSchedule(shape, start: .random, random: generator.next())
            let expected = (0..<shape.blockCount).map { schedule.nextRepairSymbol($0) }
            var found: [Int: Int] = [:]
            for packet in schedule.lap() {
                guard case .content(let block, let esi) = packet, esi >= shape.sourceSymbols(block) else { continue }
                if found[block] == nil { found[block] = esi - shape.sourceSymbols(block) }
            }
            for block in 0..<shape.blockCount { #expect(found[block] == expected[block]) }
        }
    }

    @Test("Manifest at the start and twice a second, announcement at the start and once a second")
    func recurring() {
        let shape = SendShape(sourceSymbols: [4_000], pieceLeaves: 70, announcements: 2)
        var schedule = SendSchedule(shape, start: .random, random: 1)
        var seen: [SendPacket] = []
        for index in 0..<10_001 {  // ten seconds at 1,000 packets a second
            seen.append(schedule.next(at: start + .milliseconds(Int64(index))))
        }
        #expect(Array(seen.prefix(3)) == [.manifest, .announcement(0), .announcement(1)])
        #expect(20...21 ~= seen.count { $0 == .manifest })
        #expect(10...11 ~= seen.count { $0 == .announcement(0) })
        #expect(seen.count { $0 == .announcement(0) } == seen.count { $0 == .announcement(1) })
    }

    @Test("At very low rates content is not crowded out")
    func slow() {
        let shape = SendShape(sourceSymbols: [4_000], pieceLeaves: 70, announcements: 1)
        var schedule = SendSchedule(shape, start: .random, random: 1)
        let seen = (0..<1_000).map { schedule.next(at: start + .seconds(10 * $0)) }
        #expect(seen.count { if case .content = $0 { true } else { false } } > 650)
        #expect(seen.count { $0 == .manifest } > 100)
    }

    @Test("Of 64 MiB with K = 4096 in packets of 1,500 octets, hashes are 1.3 % and 0.11 % of the octets in phase 1")
    func overhead() {
        // As HashLayout has it: 12 blocks, 77 leaves in a piece, a path of 12.
        let symbols = ((64 << 20) + 1_431) / 1_432
        let blocks = (0..<12).map { symbols / 12 + ($0 < symbols % 12 ? 1 : 0) }
        var schedule = SendSchedule(
            SendShape(sourceSymbols: blocks, pieceLeaves: 77, announcements: 1), start: .beginning, random: 0)
        var octets = (source: 0, repair: 0, content: 0, phase2: 0, phase2Content: 0)
        while true {
            let packet = schedule.next(at: start)
            switch packet {
            case .content(let block, let esi) where esi < blocks[block]: octets.content += 1_500
            case .content: octets.phase2Content += 1_500
            case .hash(let block, _, let index):
                let length = 68 + 4 + 16 * 12 + 16 * 77
                if schedule.isInRepairPhase {
                    octets.phase2 += length
                } else if index < schedule.shape.pieces(block) {
                    octets.source += length
                } else {
                    octets.repair += length
                }
            default: break
            }
            if octets.phase2Content == symbols * 1_500 { break }
        }
        func percent(_ part: Int, _ whole: Int) -> Double { 100 * Double(part) / Double(whole) }
        let source = percent(octets.source, octets.content)
        let repair = percent(octets.repair, octets.content)
        let phase2 = percent(octets.phase2, octets.phase2Content)
        print("hash packets of 64 MiB: phase 1 \(source) % and \(repair) %, phase 2 \(phase2) %")
        #expect(source > 1.25 && source < 1.36)
        #expect(repair > 0.09 && repair < 0.13)
        #expect(phase2 > 8.5 && phase2 < 9.4)
    }
}
