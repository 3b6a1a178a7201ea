import RaptorQ
import SeededRandom

/// A source block with octets that follow from its size, or random ones.
struct TestBlock {
    let sourceSymbols: Int
    let symbolSize: Int
    let octets: [UInt8]

    /// The octets that the committed vectors were made of.
    init(_ sourceSymbols: Int, _ symbolSize: Int) {
        self.sourceSymbols = sourceSymbols
        self.symbolSize = symbolSize
        octets = Self.pattern(sourceSymbols * symbolSize)
    }

    init(_ sourceSymbols: Int, _ symbolSize: Int, _ random: inout SeededGenerator) {
        self.sourceSymbols = sourceSymbols
        self.symbolSize = symbolSize
        octets = (0..<sourceSymbols * symbolSize).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + $0 * 13 + $0 >> 8 * 31 + 5) }
    }

    func symbol(_ id: UInt32) -> ArraySlice<UInt8> {
        octets[Int(id) * symbolSize..<(Int(id) + 1) * symbolSize]
    }

    func encoder(_ schedule: EncodingSchedule? = nil, portable: Bool = false) throws -> BlockEncoder {
        let schedule = try schedule ?? EncodingSchedule(sourceSymbols: sourceSymbols)
        return try octets.withUnsafeBytes {
            try BlockEncoder($0, symbolSize: symbolSize, schedule: schedule, portable: portable)
        }
    }

    func decoder(_ workspace: DecodingWorkspace? = nil, portable: Bool = false) throws -> BlockDecoder {
        try BlockDecoder(
            sourceSymbols: sourceSymbols, symbolSize: symbolSize, workspace: workspace, portable: portable)
    }

    /// Whether a decoder is complete and has recovered what this block holds at the symbols `missing`, and no others.
    func isRecovered(_ decoder: BlockDecoder, missing: [UInt32]) throws -> Bool {
        var ids: [UInt32] = []
        var isEqual = true
        try decoder.forEachRecovered { id, octets in
            ids.append(id)
            isEqual = isEqual && octets.elementsEqual(symbol(id))
        }
        return decoder.isComplete && isEqual && ids == missing
    }
}

extension BlockEncoder {
    func symbol(_ id: UInt32) throws -> [UInt8] {
        var symbol = [UInt8](repeating: 0xee, count: symbolSize)
        try symbol.withUnsafeMutableBytes { try write(id, into: $0) }
        return symbol
    }
}

extension BlockDecoder {
    @discardableResult
    func add(_ id: UInt32, _ symbol: some Sequence<UInt8>) throws -> Reception {
        try Array(symbol).withUnsafeBytes { try add(id, $0) }
    }
}
