import RaptorQ
import SeededRandom
import Testing

/// Decoders that share a workspace: what they recover is compared with the block, what they need with decoders without.
@Suite struct WorkspaceTests {
    private struct Unreadable: Error {}

    /// Sizes, of blocks and of symbols, and how many symbols are missing.
    static let losses: [(Int, Int, [Int])] = [
        (1, 64, [1]), (2, 1, [1, 2]), (10, 63, [1, 5, 10]), (11, 16, [1, 2, 11]), (26, 129, [3, 13, 17, 18, 26]),
        (101, 65, [1, 10, 34, 35, 50, 101]), (257, 200, [2, 55, 56, 200]), (500, 32, [1, 64, 65, 77, 78]),
        (1000, 20, [1, 109, 110]), (3906, 9, [39, 217]),
    ]

    @Test(
        "Blocks come back with few symbols missing and with more, with and without special instructions",
        arguments: losses, [false, true])
    func sizes(_ size: (Int, Int, [Int]), _ portable: Bool) throws {
        var random = SeededGenerator(seed: UInt64(size.0))
        let block = TestBlock(size.0, size.1, &random)
        let encoder = try block.encoder()
        let workspace = DecodingWorkspace()
        for count in size.2 {
            let all = Array(0..<UInt32(size.0)).shuffled(using: &random)
            let missing = all.prefix(count).sorted()
            let plain = try block.decoder(portable: portable)
            let decoder = try block.decoder(workspace, portable: portable)
            for id in all.dropFirst(count) {
                try plain.add(id, block.symbol(id))
                if Bool.random(using: &random) { try decoder.note(id) } else { try decoder.add(id, block.symbol(id)) }
            }
            while !plain.isComplete {
                let id = UInt32.random(in: UInt32(size.0)..<1 << 24, using: &random)
                #expect(try plain.add(id, encoder.symbol(id)) == decoder.note(id))
                #expect(decoder.isReady == plain.isReady)
                #expect(try decoder.decode(reading: encoder.write) == plain.decode())
            }
            #expect(try block.isRecovered(decoder, missing: missing))
            #expect(try block.isRecovered(plain, missing: missing))
        }
    }

    @Test("Any symbols in any order, one workspace for blocks of all sizes", arguments: 0..<6)
    func anySymbols(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let workspace = DecodingWorkspace()
        for _ in 0..<25 {
            let block = TestBlock(.random(in: 1...200, using: &random), .random(in: 1...140, using: &random), &random)
            let encoder = try block.encoder()
            let plain = try block.decoder()
            let decoder = try block.decoder(workspace)
            let loss = Double.random(in: 0...0.5, using: &random)
            var missing = Set(0..<UInt32(block.sourceSymbols))
            let kept = missing.sorted().filter { _ in Double.random(in: 0..<1, using: &random) >= loss }
            let repair = (0..<block.sourceSymbols + 8).map { _ in
                UInt32.random(in: UInt32(block.sourceSymbols)..<1 << 24, using: &random)
            }
            for id in (kept + repair).shuffled(using: &random) where !decoder.isComplete {
                let reception = try plain.add(id, encoder.symbol(id))
                #expect(try decoder.note(id) == reception)
                if reception == .taken { missing.remove(id) }
                #expect(decoder.isReady == plain.isReady)
                guard decoder.isReady else { continue }
                #expect(throws: Unreadable.self) {
                    while try !decoder.decode(reading: { _, _ in throw Unreadable() }) { throw Unreadable() }
                }
                #expect(try decoder.decode(reading: encoder.write) == plain.decode())
            }
            #expect(decoder.received == plain.received)
            #expect(try block.isRecovered(decoder, missing: missing.sorted()))
        }
    }

    @Test("Symbols that do not suffice are known not to before any is read, and one more may do", arguments: 0..<4)
    func insufficient(_ seed: UInt64) throws {
        // With K = 10: sums of five symbols and of LDPC rows, so that few of them say anything new.
        let dependent: [UInt32] = [
            10, 11, 12, 13, 14, 2225, 10810, 12577, 16782, 17594, 20602, 31475, 31730, 32309, 39213, 40934, 42884,
        ]
        var random = SeededGenerator(seed: seed)
        let block = TestBlock(10, 24, &random)
        let encoder = try block.encoder()
        let workspace = DecodingWorkspace()
        var failures = 0
        for _ in 0..<40 {
            let ids = Array(0..<10 as Range<UInt32>).shuffled(using: &random)
            let count = Int.random(in: 2...9, using: &random)
            let plain = try block.decoder()
            let decoder = try block.decoder(workspace)
            var came = Set<UInt32>()
            let useless = dependent.shuffled(using: &random)
            let order: [UInt32] = Array(ids[count...]) + useless + ids + [400, 401, 402, 403, 404, 405]
            for id in order {
                let reception = try decoder.note(id)
                // Without a workspace it is not known as exactly what is of use.
                #expect(try plain.add(id, encoder.symbol(id)) == .taken || reception != .taken)
                if reception == .taken { came.insert(id) }
                guard plain.received >= 10 else { continue }
                #expect(plain.isReady || !decoder.isReady)
                var isRead = false
                let isDone = try decoder.decode { id, octets in
                    isRead = true
                    try encoder.write(id, into: octets)
                }
                #expect(try isDone == plain.decode())
                #expect(isDone || !isRead)
                if isDone { break }
                failures += 1
            }
            #expect(try block.isRecovered(decoder, missing: ids.filter { !came.contains($0) }.sorted()))
        }
        #expect(failures > 40, "these symbols must not suffice at once")
    }

    @Test(
        "What reading throws ends an attempt, other blocks take the memory meanwhile, and it can be repeated",
        arguments: [(5, 40), (5, 96), (60, 96), (60, 12)])
    func interrupted(_ lost: Int, _ other: Int) throws {
        var random = SeededGenerator(seed: UInt64(lost))
        let workspace = DecodingWorkspace()
        let blocks = [(100, 96), (100, 96), (37, other)].map { TestBlock($0.0, $0.1, &random) }
        let encoders = try blocks.map { try $0.encoder() }
        let decoders = try blocks.map { try $0.decoder(workspace) }
        let missing = blocks.map { block in (0..<UInt32(block.sourceSymbols)).suffix(lost) }
        for (index, decoder) in decoders.enumerated() {
            for id in 0..<UInt32(blocks[index].sourceSymbols) - UInt32(missing[index].count) { try decoder.note(id) }
            var id = UInt32(blocks[index].sourceSymbols)
            while !decoder.isReady {
                try decoder.note(id)
                id += 1
            }
        }
        var order: [UInt32] = []
        for limit in [0, 1, 36, 20, 50, .max] {
            for (index, decoder) in decoders.enumerated() where !decoder.isComplete {
                var ids: [UInt32] = []
                do {
                    var next: UInt32 = 10_000
                    while try !decoder.decode(reading: { id, octets in
                        if ids.count == limit { throw Unreadable() }
                        ids.append(id)
                        try encoders[index].write(id, into: octets)
                    }) {
                        try decoder.note(next)
                        next += 1
                    }
                } catch is Unreadable {}
                if index == 0 {
                    #expect(ids.starts(with: order) || order.starts(with: ids))
                    order = ids
                }
            }
        }
        #expect(order == order.sorted(), "symbols are read in the order in which they were noted")
        for index in blocks.indices {
            #expect(try blocks[index].isRecovered(decoders[index], missing: Array(missing[index])))
        }
    }

    @Test("What was recovered stays while the workspace serves other blocks", arguments: [3, 20, 90])
    func kept(_ lost: Int) throws {
        var random = SeededGenerator(seed: 5)
        let workspace = DecodingWorkspace()
        var decoded: [(TestBlock, BlockDecoder)] = []
        for size in [100, 100, 120, 97, 100] {
            let block = TestBlock(size, 40, &random)
            let encoder = try block.encoder()
            let decoder = try block.decoder(workspace)
            for id in UInt32(lost)..<UInt32(size) { try decoder.note(id) }
            var next = UInt32(size)
            while try !decoder.decode(reading: encoder.write) {
                try decoder.note(next)
                next += 1
            }
            decoded.append((block, decoder))
        }
        for (block, decoder) in decoded {
            #expect(try block.isRecovered(decoder, missing: Array(0..<UInt32(lost))))
        }
    }

    @Test("Missing source symbols that come after an attempt are not recovered once more")
    func lateSource() throws {
        let block = TestBlock(10, 8)
        let encoder = try block.encoder()
        let workspace = DecodingWorkspace()
        // One set of four repair symbols in some hundreds does not suffice.
        var tested = 0
        for first in stride(from: 10, to: 10_000, by: 4) as StrideTo<UInt32> where tested < 5 {
            let decoder = try block.decoder(workspace)
            for id in Array(4..<10) + Array(first..<first + 4) { try decoder.note(id) }
            if try decoder.decode(reading: encoder.write) { continue }
            guard try decoder.note(2) == .taken else { continue }
            while try !decoder.decode(reading: encoder.write) { try decoder.note(20_000 + UInt32(decoder.received)) }
            #expect(try block.isRecovered(decoder, missing: [0, 1, 3]))
            tested += 1
        }
        #expect(tested == 5)
    }
}
