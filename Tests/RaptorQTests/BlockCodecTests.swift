import RaptorQ
import SeededRandom
import Testing

@Suite struct BlockCodecTests {
    @Test("Any enough symbols, in any order and with duplicates, give back the block", arguments: 0..<60)
    func anySymbols(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let block = TestBlock(.random(in: 1...150, using: &random), .random(in: 1...140, using: &random), &random)
        let encoder = try block.encoder()
        let decoder = try block.decoder()
        let loss = Double.random(in: 0...1, using: &random)
        let kept = (0..<UInt32(block.sourceSymbols)).filter { _ in Double.random(in: 0..<1, using: &random) >= loss }
        let repair = (0..<2 * block.sourceSymbols + 8).map { _ in
            UInt32.random(in: UInt32(block.sourceSymbols)..<1 << 24, using: &random)
        }
        var missing = Set(0..<UInt32(block.sourceSymbols))
        var taken = Set<UInt32>()
        for id in (kept + kept.prefix(5) + repair).shuffled(using: &random) where !decoder.isComplete {
            let isNew = !taken.contains(id)
            switch try decoder.add(id, encoder.symbol(id)) {
            case .taken:
                #expect(isNew)
                taken.insert(id)
                missing.remove(id)
            case .duplicate: #expect(!isNew)
            case .redundant: #expect(isNew && taken.count >= block.sourceSymbols)
            }
            if decoder.isReady { _ = try decoder.decode() }
        }
        #expect(decoder.received == taken.count && taken.count <= block.sourceSymbols + 3)
        #expect(try block.isRecovered(decoder, missing: missing.sorted()))
        #expect(try decoder.add(1 << 23, encoder.symbol(0)) != .taken)
    }

    @Test(
        "Blocks of many sizes come back, with few and with many symbols missing",
        arguments: [(1, 64), (10, 1), (11, 63), (256, 65), (700, 4), (1002, 12)], [0.05, 0.4, 1])
    func sizes(_ size: (Int, Int), _ loss: Double) throws {
        var random = SeededGenerator(seed: 1)
        let block = TestBlock(size.0, size.1, &random)
        let encoder = try block.encoder()
        let decoder = try block.decoder()
        let missing = (0..<UInt32(size.0)).filter { _ in Double.random(in: 0..<1, using: &random) < loss }
        let gone = Set(missing)
        for id in 0..<UInt32(size.0) where !gone.contains(id) { try decoder.add(id, block.symbol(id)) }
        var next = UInt32(size.0)
        while !decoder.isComplete {
            try decoder.add(next, encoder.symbol(next))
            next += 1
            _ = try decoder.decode()
        }
        #expect(try block.isRecovered(decoder, missing: missing))
        #expect(next <= UInt32(size.0 + missing.count + 3))
    }

    @Test("Without loss nothing is decoded, and nothing needs to be stored")
    func systematic() throws {
        let block = TestBlock(100, 16)
        let decoder = try block.decoder()
        for id in (0..<100).reversed() {
            #expect(!decoder.isReady && !decoder.isComplete)
            #expect(try decoder.note(UInt32(id)) == .taken)
        }
        #expect(decoder.isComplete && !decoder.isReady)
        #expect(try decoder.decode())
        #expect(try block.isRecovered(decoder, missing: []))
        #expect(try decoder.note(100) == .redundant)
    }

    @Test("Noted symbols are read once it is known that they suffice; an error leaves the attempt to be repeated")
    func noted() throws {
        struct Unreadable: Error {}
        let block = TestBlock(60, 20)
        let encoder = try block.encoder()
        let decoder = try block.decoder()
        for id in 5..<70 as Range<UInt32> where id % 7 != 0 && id != 69 { try decoder.note(id) }
        for id in 200..<206 as Range<UInt32> { try decoder.add(id, encoder.symbol(id)) }
        var next: UInt32 = 300
        while decoder.received < 60 {
            #expect(try !decoder.decode { _, _ in Issue.record("read too early") })
            try decoder.note(next)
            next += 1
        }
        #expect(decoder.isReady)
        #expect(throws: RaptorQError.self) { try decoder.decode() }
        var count = 0
        #expect(throws: Unreadable.self) {
            try decoder.decode { id, octets in
                count += 1
                if count == 20 { throw Unreadable() }
                try encoder.write(id, into: octets)
            }
        }
        #expect(decoder.isReady && !decoder.isComplete)
        while try !decoder.decode(reading: encoder.write) {
            try decoder.note(next)
            next += 1
        }
        #expect(try block.isRecovered(decoder, missing: [0, 1, 2, 3, 4] + stride(from: 7, to: 60, by: 7)))
    }

    @Test("Symbols that come without an attempt are taken up to 16 more than the block has")
    func bounded() throws {
        let block = TestBlock(20, 8)
        let encoder = try block.encoder()
        let decoder = try block.decoder()
        for id in 20..<100 as Range<UInt32> {
            #expect(try decoder.add(id, encoder.symbol(id)) == (id < 56 ? .taken : .redundant))
        }
        #expect(try decoder.decode())
        #expect(try block.isRecovered(decoder, missing: Array(0..<20)))
    }

    @Test("Symbols that are of no use do not fill the decoder: the block comes back when others arrive")
    func uselessSymbols() throws {
        // With K = 10: five symbols, and sums of these and of the LDPC rows. As many as the decoder takes.
        let useless: [UInt32] = [
            10, 11, 12, 13, 14, 2225, 10810, 12577, 16782, 17594, 20602, 31475, 31730, 32309, 39213, 40934, 42884,
            46104,
            47935, 56454, 59090, 72181, 76167, 78621, 86903, 89586,
        ]
        let block = TestBlock(10, 8)
        let encoder = try block.encoder()
        let decoder = try block.decoder()
        for id in useless.dropLast() { #expect(try decoder.add(id, encoder.symbol(id)) == .taken) }
        #expect(try !decoder.decode())
        #expect(!decoder.isReady)
        #expect(try decoder.add(89586, encoder.symbol(89586)) == .redundant)
        #expect(try decoder.add(15, encoder.symbol(15)) == .taken)
        #expect(try !decoder.decode())
        var id: UInt32 = 100_000
        while !decoder.isComplete {
            _ = try decoder.add(id, encoder.symbol(id))
            if decoder.isReady { _ = try decoder.decode() }
            id += 1
        }
        #expect(id >= 100_004, "five and one symbols and HDPC rows give ten no sooner")
        #expect(try block.isRecovered(decoder, missing: Array(0..<10)))
    }

    @Test("One schedule encodes all blocks with the same K'")
    func schedule() throws {
        let schedule = try EncodingSchedule(sourceSymbols: 103)
        #expect(schedule.extendedSymbols == 114)
        for size in [102, 108, 114] {
            let block = TestBlock(size, 8)
            #expect(try block.encoder(schedule).symbol(200) == block.encoder().symbol(200))
        }
        #expect(throws: RaptorQError.sourceSymbolCount(101)) { try TestBlock(101, 8).encoder(schedule) }
    }

    @Test("A cache keeps as many schedules as it is told, those used last")
    func cache() throws {
        var cache = EncodingScheduleCache(capacity: 2)
        let first = try cache.schedule(sourceSymbols: 12)
        let second = try cache.schedule(sourceSymbols: 20)
        #expect(try cache.schedule(sourceSymbols: 11) === first)
        _ = try cache.schedule(sourceSymbols: 26)
        #expect(try cache.schedule(sourceSymbols: 12) === first)
        #expect(try cache.schedule(sourceSymbols: 20) !== second)
    }

    @Test("What cannot be is refused")
    func refused() throws {
        #expect(throws: RaptorQError.sourceSymbolCount(0)) { try BlockDecoder(sourceSymbols: 0, symbolSize: 1) }
        #expect(throws: RaptorQError.sourceSymbolCount(56_404)) { try EncodingSchedule(sourceSymbols: 56_404) }
        #expect(throws: RaptorQError.symbolSize(0, alignment: 1)) { try BlockDecoder(sourceSymbols: 1, symbolSize: 0) }
        #expect(throws: RaptorQError.symbolSize(65_536, alignment: 1)) {
            try BlockDecoder(sourceSymbols: 1, symbolSize: 65_536)
        }
        let block = TestBlock(10, 8)
        let decoder = try block.decoder()
        #expect(throws: RaptorQError.encodingSymbolID(1 << 24)) { try decoder.add(1 << 24, block.symbol(0)) }
        #expect(throws: RaptorQError.encodingSymbolID(1 << 24)) { try decoder.note(1 << 24) }
        #expect(throws: RaptorQError.length(7, needed: 8)) { try decoder.add(0, block.symbol(0).dropLast()) }
        #expect(throws: RaptorQError.encodingSymbolID(1 << 24)) { try block.encoder().symbol(1 << 24) }
        let schedule = try EncodingSchedule(sourceSymbols: 10)
        #expect(throws: RaptorQError.length(81, needed: 80)) {
            try [UInt8](repeating: 0, count: 81).withUnsafeBytes {
                try BlockEncoder($0, symbolSize: 8, schedule: schedule)
            }
        }
    }

    @Test("Instructions that not every processor has change no octet", arguments: [1, 31, 64, 200, 321])
    func portable(_ size: Int) throws {
        var random = SeededGenerator(seed: 3)
        let block = TestBlock(120, size, &random)
        let encoder = try block.encoder()
        let portable = try block.encoder(portable: true)
        let decoder = try block.decoder(portable: true)
        for id in 60..<180 as Range<UInt32> {
            let symbol = try encoder.symbol(id)
            #expect(try portable.symbol(id) == symbol)
            try decoder.add(id, symbol)
        }
        var next: UInt32 = 180
        while try !decoder.decode() {
            try decoder.add(next, encoder.symbol(next))
            next += 1
        }
        #expect(try block.isRecovered(decoder, missing: Array(0..<60)))
    }

    @Test("Arbitrary instructions to the decoder end in a right block or in none", arguments: 0..<40)
    func exercise(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var octets = (0..<400).map { _ in UInt8.random(in: 0...255, using: &random) }
        octets[0] %= 60
        #expect(octets.withUnsafeBytes(DecoderExercise.run))
    }
}
