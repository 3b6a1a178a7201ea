import RaptorQ
import SeededRandom
import Testing

@Suite struct ObjectTransmissionInformationTests {
    @Test("The encoded form has F in 40 bits, a reserved octet, T; then Z, N and Al (RFC 6330 §3.3.2, §3.3.3)")
    func encoded() throws {
        let information = try ObjectTransmissionInformation(
            transferLength: 0x01_2345_6789, symbolSize: 1208, sourceBlocks: 200, subBlocks: 3, alignment: 4)
        let octets: [UInt8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0, 0x04, 0xb8, 200, 0, 3, 4]
        #expect(information.encoded == octets)
        #expect(try ObjectTransmissionInformation(parsing: octets.span.bytes) == information)
    }

    @Test("The largest object of the RFC is possible with 256 blocks only; with 255 it is a little too large")
    func limits() throws {
        let most = ObjectTransmissionInformation.maximumTransferLength
        #expect(throws: RaptorQError.sourceBlockCount(255)) {
            try ObjectTransmissionInformation(transferLength: most, symbolSize: 65_535, sourceBlocks: 255)
        }
        let length = UInt64(56_403) * 255 * 65_535
        let information = try ObjectTransmissionInformation(
            transferLength: length, symbolSize: 65_535, sourceBlocks: 255)
        #expect(try information.sourceBlock(254).sourceSymbols == 56_403)
        #expect(throws: RaptorQError.sourceBlockCount(255)) {
            try ObjectTransmissionInformation(transferLength: length + 1, symbolSize: 65_535, sourceBlocks: 255)
        }
    }

    @Test(
        "What cannot be is refused",
        arguments: [
            ([0, 0, 0, 0, 0, 0, 0, 100, 1, 0, 1, 1], RaptorQError.transferLength(0)),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 100, 1, 0, 1, 1], .transferLength(0xff_ffff_ffff)),
            ([0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 1, 1], .symbolSize(0, alignment: 1)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 1, 0, 1, 0], .symbolSize(100, alignment: 0)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 1, 0, 1, 8], .symbolSize(100, alignment: 8)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 0, 0, 1, 4], .sourceBlockCount(0)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 12, 0, 1, 4], .sourceBlockCount(12)),
            ([0, 0, 0xff, 4, 0, 0, 0, 100, 1, 0, 1, 4], .sourceBlockCount(1)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 1, 0, 0, 4], .subBlockCount(0)),
            ([0, 0, 0, 4, 0, 0, 0, 100, 1, 0, 26, 4], .subBlockCount(26)),
            ([0, 0, 0, 4, 0], .length(5, needed: 12)),
        ] as [([UInt8], RaptorQError)])
    func refused(_ octets: [UInt8], _ error: RaptorQError) {
        #expect(throws: error) { try ObjectTransmissionInformation(parsing: octets.span.bytes) }
    }

    @Test("Arbitrary octets are refused or come back as they were, but for the reserved ones")
    func arbitrary() {
        var random = SeededGenerator(seed: 5)
        var valid = 0
        for _ in 0..<5000 {
            var octets = (0..<12).map { _ in UInt8.random(in: 0...255, using: &random) }
            for place in [0, 1, 9] { octets[place] &= UInt8.random(in: 0...2, using: &random) }
            guard let information = try? ObjectTransmissionInformation(parsing: octets.span.bytes) else { continue }
            octets[5] = 0
            #expect(information.encoded == octets)
            valid += 1
        }
        #expect(valid > 20)
    }

    @Test(
        "Symbols cover each octet of the object exactly once, in blocks of at most one symbol's difference",
        arguments: [
            (1, 8, 1, 1, 1), (100, 8, 1, 1, 8), (1001, 10, 3, 1, 1), (1001, 10, 3, 4, 1), (1003, 12, 7, 3, 4),
            (999, 30, 5, 15, 2), (1200, 12, 10, 2, 4), (64, 64, 1, 64, 1), (65, 64, 2, 5, 4),
        ])
    func pieces(_ length: UInt64, _ size: Int, _ blocks: Int, _ parts: Int, _ alignment: Int) throws {
        let information = try ObjectTransmissionInformation(
            transferLength: length, symbolSize: size, sourceBlocks: blocks, subBlocks: parts, alignment: alignment)
        var covered = [Int](repeating: 0, count: Int(length))
        var symbols: [Int] = []
        for number in 0..<blocks {
            let block = try information.sourceBlock(number)
            #expect(Int(block.offset) == symbols.reduce(0, +) * size)
            symbols.append(block.sourceSymbols)
            for id in 0..<UInt32(block.sourceSymbols) {
                for piece in block.pieces(id) {
                    #expect(piece.range.upperBound <= size && !piece.range.isEmpty)
                    for place in 0..<piece.range.count { covered[Int(piece.offset) + place] += 1 }
                }
            }
            #expect(block.pieces(UInt32(block.sourceSymbols)).isEmpty)
        }
        #expect(covered.allSatisfy { $0 == 1 })
        #expect(symbols.reduce(0, +) == information.totalSymbols)
        #expect(symbols == symbols.sorted(by: >) && symbols[0] - symbols[blocks - 1] <= 1)
        #expect(throws: RaptorQError.sourceBlockNumber(blocks)) { try information.sourceBlock(blocks) }
    }

    @Test("Sub-blocks put the parts of a symbol apart (RFC 6330 §4.4.1.2)")
    func subBlocks() throws {
        // Two blocks of three and two symbols; sub-symbols of 8 and 4 octets.
        let information = try ObjectTransmissionInformation(
            transferLength: 58, symbolSize: 12, sourceBlocks: 2, subBlocks: 2, alignment: 4)
        let first = try information.sourceBlock(0)
        #expect(first.pieces(1) == [.init(offset: 8, range: 0..<8), .init(offset: 28, range: 8..<12)])
        let second = try information.sourceBlock(1)
        #expect(second.pieces(1) == [.init(offset: 44, range: 0..<8), .init(offset: 56, range: 8..<10)])
        #expect(second.length == 22)
    }

    @Test("Blocks are chosen no larger than asked")
    func blockSymbols() throws {
        let information = try ObjectTransmissionInformation(
            transferLength: 64 << 20, symbolSize: 1200, blockSymbols: 4096, alignment: 4)
        #expect(information.sourceBlocks == 14)
        #expect(try information.sourceBlock(0).sourceSymbols == 3995)
    }
}
