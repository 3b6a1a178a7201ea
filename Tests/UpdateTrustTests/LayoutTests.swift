import Testing

@testable import UpdateTrust

/// One way to cut an object, and what is to come of it.
private struct Cut: CustomTestStringConvertible {
    let size: UInt64
    let symbolSize: Int
    let blocks: Int
    var testDescription: String { "\(size) octets, symbols of \(symbolSize), \(blocks) blocks" }
}

private let cuts = [
    Cut(size: 0, symbolSize: 64, blocks: 1), Cut(size: 1, symbolSize: 1_212, blocks: 1),
    Cut(size: 1_212, symbolSize: 1_212, blocks: 1), Cut(size: 1_213, symbolSize: 1_212, blocks: 2),
    Cut(size: 100_000, symbolSize: 256, blocks: 7), Cut(size: 100_000, symbolSize: 1_212, blocks: 3),
    Cut(size: 67_108_864, symbolSize: 1_212, blocks: 14), Cut(size: 67_108_864, symbolSize: 1_432, blocks: 12),
    Cut(size: 1_073_741_824, symbolSize: 1_212, blocks: 217), Cut(size: 20_000_000, symbolSize: 9_148, blocks: 256),
]

@Suite("Layouts")
struct LayoutTests {
    @Test("Blocks and symbols cover the object without gap or overlap", arguments: cuts)
    fileprivate func partition(cut: Cut) throws {
        let layout = try ObjectLayout(size: cut.size, symbolSize: cut.symbolSize, blockCount: cut.blocks)
        var (symbols, octets) = (0, UInt64(0))
        for block in 0..<cut.blocks {
            #expect(layout.firstSymbol(block) == symbols)
            for esi in 0..<layout.sourceSymbols(block) {
                let (offset, length) = layout.extent(block: block, esi: esi)
                guard offset == UInt64(symbols + esi) * UInt64(cut.symbolSize), length <= cut.symbolSize else {
                    Issue.record("block \(block), symbol \(esi)")
                    return
                }
                octets += UInt64(length)
            }
            symbols += layout.sourceSymbols(block)
        }
        #expect(symbols == layout.symbolCount)
        #expect(octets == cut.size)
        // RFC 6330 §4.4.1.2: ZL blocks of KL = ⌈Kt/Z⌉ symbols first, then ZS of KS = ⌊Kt/Z⌋.
        let sizes = (0..<cut.blocks).map(layout.sourceSymbols)
        #expect(sizes == sizes.sorted(by: >))
        #expect(sizes[0] == (symbols + cut.blocks - 1) / cut.blocks)
        #expect(sizes[cut.blocks - 1] == symbols / cut.blocks)
    }

    @Test("Hash packets are numbered without gap, fit a symbol and cover every leaf once", arguments: cuts)
    fileprivate func hashes(cut: Cut) throws {
        let layout = try Sample.layout(cut.size, symbolSize: cut.symbolSize, blocks: cut.blocks)
        var number = 0
        for block in 0..<cut.blocks {
            let count = layout.object.sourceSymbols(block)
            for half in WindowHalf.allCases {
                var covered = half == .source ? 0 : count
                for index in 0..<2 * layout.pieces(block) {
                    let place = HashPacketPlace(block: block, half: half, index: index)
                    guard layout.contains(place), layout.number(place) == number,
                        HashPacketPlace(block: block, esi: place.esi) == place
                    else {
                        Issue.record("\(place)")
                        return
                    }
                    number += 1
                    guard index < layout.pieces(block) else { continue }
                    #expect(layout.symbols(place).lowerBound == covered)
                    covered = layout.symbols(place).upperBound
                }
                #expect(covered == (half == .source ? count : 2 * count))
                #expect(!layout.contains(HashPacketPlace(block: block, half: half, index: 2 * layout.pieces(block))))
            }
        }
        #expect(!layout.contains(HashPacketPlace(block: cut.blocks, half: .source, index: 0)))
        #expect(number == layout.packetCount)
        #expect(1 << layout.pathLength >= number)
        #expect(1 << (layout.pathLength - 1) < number)
        #expect(layout.payloadLength <= cut.symbolSize)
        #expect(layout.payloadLength + SymbolHash.length > cut.symbolSize)
    }

    @Test(
        "A mebibyte or more: pieces and path as the packet size makes them",
        arguments: [(67_108_864, 1_212, 14, 63, 12), (67_108_864, 1_432, 12, 77, 12), (1_048_576, 1_212, 1, 69, 6)])
    func literal(size: UInt64, symbolSize: Int, blocks: Int, leaves: Int, path: Int) throws {
        let layout = try Sample.layout(size, symbolSize: symbolSize, blocks: blocks)
        #expect(layout.pieceLeaves == leaves)
        #expect(layout.pathLength == path)
    }

    @Test("Blocks are as large as asked for, or larger when there would be too many")
    func blockSymbols() throws {
        func blocks(_ size: UInt64, _ symbols: Int) throws -> Int {
            try ObjectLayout(size: size, symbolSize: 1_212, blockSymbols: symbols).blockCount
        }
        #expect(try blocks(0, 4_096) == 1)
        #expect(try blocks(4_096 * 1_212, 4_096) == 1)
        #expect(try blocks(4_096 * 1_212 + 1, 4_096) == 2)
        #expect(try blocks(67_108_864, 4_096) == 14)
        #expect(try blocks(10 << 30, 4_096) == 255)
        #expect(throws: LayoutError.blockTooLarge(symbols: 69_485)) { try blocks(20 << 30, 4_096) }
        #expect(ObjectLayout.symbolSize(mtu: 1_280) == 1_212)
        #expect(ObjectLayout.symbolSize(mtu: 1_500) == 1_432)
        #expect(ObjectLayout.symbolSize(mtu: 9_216) == 9_148)
    }

    @Test("What cannot be is refused")
    func refused() {
        #expect(throws: LayoutError.objectTooLarge(946_270_874_881)) {
            try ObjectLayout(size: 946_270_874_881, symbolSize: 9_148, blockCount: 1)
        }
        #expect(throws: LayoutError.objectTooLarge(.max)) {
            try ObjectLayout(size: .max, symbolSize: 9_148, blockSymbols: 1)
        }
        for size in [0, -4, 60, 66, 9_152, .max, .min] {
            #expect(throws: LayoutError.symbolSize(size)) { try ObjectLayout(size: 1, symbolSize: size, blockCount: 1) }
        }
        for count in [0, -1, 257, 3, .max] {
            #expect(throws: LayoutError.blockCount(count)) {
                try ObjectLayout(size: 128, symbolSize: 64, blockCount: count)
            }
        }
        #expect(throws: LayoutError.blockTooLarge(symbols: 56_404)) {
            try ObjectLayout(size: 56_404 * 64, symbolSize: 64, blockCount: 1)
        }
        // So many leaves that the path leaves no room for one.
        #expect(throws: LayoutError.noRoomForHashes(symbolSize: 64)) {
            try HashLayout(ObjectLayout(size: 56_403 * 64, symbolSize: 64, blockCount: 1))
        }
        // One leaf in a piece, and more pieces than 16 bits count.
        #expect(throws: LayoutError.tooManyHashPackets(2 * 37_449)) {
            try HashLayout(ObjectLayout(size: 7 * 37_449 * 340, symbolSize: 340, blockCount: 7))
        }
    }
}
