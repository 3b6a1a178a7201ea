import RaptorQ
import SeededRandom
import Testing

@Suite(.enabled(if: Oracle.isThere, "needs LCROUTE_ORACLES, which scripts/test sets"))
struct OracleTests {
    /// Sizes of objects in octets, of symbols, and how many source blocks and sub-blocks the other implementation makes.
    static let objects: [Object] = [
        Object(1, 8, 1, 1), Object(80, 8, 1, 1), Object(87, 8, 1, 1), Object(1000, 16, 1, 1), Object(4001, 24, 1, 1),
        Object(20_000, 1280, 1, 1), Object(30_000, 104, 1, 1), Object(32_064, 32, 1, 1), Object(100_003, 56, 1, 1),
        Object(60_000 * 64 - 5, 64, 2, 1), Object(10_500_001, 1024, 1, 2),
    ]

    struct Object: CustomTestStringConvertible {
        let information: ObjectTransmissionInformation?
        let octets: [UInt8]

        init(_ length: Int, _ symbolSize: Int, _ blocks: Int, _ parts: Int) {
            information = try? ObjectTransmissionInformation(
                transferLength: UInt64(length), symbolSize: symbolSize, sourceBlocks: blocks, subBlocks: parts,
                alignment: 8)
            let pattern = TestBlock.pattern(min(length, 16_411))
            var octets = pattern
            while octets.count < length { octets += pattern.prefix(length - octets.count) }
            self.octets = octets
        }

        var testDescription: String { "\(octets.count) octets in symbols of \(information?.symbolSize ?? 0)" }

        /// The source symbols of a block, padded.
        func symbols(_ block: SourceBlock) -> [UInt8] {
            var symbols = [UInt8](repeating: 0, count: block.sourceSymbols * block.symbolSize)
            symbols.withUnsafeMutableBytes { target in
                octets.withUnsafeBytes { source in
                    for id in 0..<block.sourceSymbols {
                        for piece in block.pieces(UInt32(id)) {
                            let start = id * block.symbolSize + piece.range.lowerBound
                            let part = UnsafeMutableRawBufferPointer(
                                rebasing: target[start..<start + piece.range.count])
                            part.copyMemory(
                                from: UnsafeRawBufferPointer(rebasing: source[Int(piece.offset)...].prefix(part.count)))
                        }
                    }
                }
            }
            return symbols
        }
    }

    @Test("All source and repair packets are octet for octet those of the other implementation", arguments: objects)
    func encode(_ object: Object) throws {
        let information = try #require(object.information)
        let size = information.symbolSize
        let packets = try Oracle.run("encode", object.octets, symbolSize: size, number: 5)
        #expect(packets.count == (information.totalSymbols + 5 * information.sourceBlocks) * (size + 4))
        let blocks = try (0..<information.sourceBlocks).map { try information.sourceBlock($0) }
        let sources = blocks.map(object.symbols)
        let encoders = try zip(blocks, sources).map { block, source in
            let schedule = try EncodingSchedule(sourceSymbols: block.sourceSymbols)
            return try source.withUnsafeBytes { try BlockEncoder($0, symbolSize: size, schedule: schedule) }
        }
        var wrong = 0
        for start in stride(from: 0, to: packets.count, by: size + 4) {
            let id = packets[start + 1..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
            let block = Int(packets[start])
            let symbol = packets[start + 4..<start + 4 + size]
            let isRight =
                id < blocks[block].sourceSymbols
                ? symbol.elementsEqual(sources[block][Int(id) * size..<(Int(id) + 1) * size])
                : try symbol.elementsEqual(encoders[block].symbol(id))
            if !isRight { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test(
        "The other implementation decodes our packets, with any loss", arguments: objects.prefix(9), [0.1, 1])
    func theyDecode(_ object: Object, _ loss: Double) throws {
        let information = try #require(object.information)
        let block = try information.sourceBlock(0)
        let schedule = try EncodingSchedule(sourceSymbols: block.sourceSymbols)
        let encoder = try object.symbols(block).withUnsafeBytes {
            try BlockEncoder($0, symbolSize: block.symbolSize, schedule: schedule)
        }
        var random = SeededGenerator(seed: UInt64(object.octets.count))
        var ids = (0..<UInt32(block.sourceSymbols)).filter { _ in Double.random(in: 0..<1, using: &random) >= loss }
        while ids.count < block.sourceSymbols + 4 {
            ids.append(.random(in: UInt32(block.sourceSymbols)..<1 << 24, using: &random))
        }
        var packets: [UInt8] = []
        for id in ids.shuffled(using: &random) {
            packets += [0, UInt8(id >> 16), UInt8(id >> 8 & 255), UInt8(id & 255)]
            packets += try encoder.symbol(id)
        }
        let decoded = try Oracle.run(
            "decode", packets, symbolSize: block.symbolSize, number: object.octets.count)
        #expect(decoded == object.octets)
    }

    @Test("We decode the other implementation's packets, with any loss", arguments: objects.prefix(9), [0.02, 0.1, 1])
    func weDecode(_ object: Object, _ loss: Double) throws {
        for workspace in [nil, DecodingWorkspace()] { try weDecode(object, loss, workspace) }
    }

    private func weDecode(_ object: Object, _ loss: Double, _ workspace: DecodingWorkspace?) throws {
        let information = try #require(object.information)
        let block = try information.sourceBlock(0)
        let size = block.symbolSize
        let packets = try Oracle.run("encode", object.octets, symbolSize: size, number: block.sourceSymbols + 10)
        let source = object.symbols(block)
        var random = SeededGenerator(seed: UInt64(object.octets.count))
        let decoder = try BlockDecoder(
            sourceSymbols: block.sourceSymbols, symbolSize: size, workspace: workspace)
        var missing: [UInt32] = []
        for start in stride(from: 0, to: packets.count, by: size + 4) where !decoder.isComplete {
            let id = packets[start + 1..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
            if id < block.sourceSymbols, Double.random(in: 0..<1, using: &random) < loss {
                missing.append(id)
            } else {
                try decoder.add(id, packets[start + 4..<start + 4 + size])
            }
            if decoder.isReady { _ = try decoder.decode() }
        }
        #expect(decoder.isComplete)
        var recovered: [UInt32] = []
        try decoder.forEachRecovered { id, symbol in
            recovered.append(id)
            #expect(symbol.elementsEqual(source[Int(id) * size..<(Int(id) + 1) * size]))
        }
        #expect(recovered == missing)
    }
}
