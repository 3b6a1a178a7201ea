import RaptorQ

/// All pieces, source and repair, of the leaves of a half of a block: 2·K_h of them.
struct HashPieces: Sendable {
    let octets: [UInt8]
    private let pieceLength: Int
    let count: Int

    /// - Parameter leaves: 16 octets for each of the block's symbols.
    init(
        _ layout: HashLayout, block: Int, leaves: RawSpan, schedules: EncodingSchedules
    ) throws(RaptorQError) {
        let length = layout.pieceLength
        let sources = layout.pieces(block)
        let count = 2 * sources
        var octets = [UInt8](repeating: 0, count: count * length)
        let filled = min(leaves.byteCount, sources * length)
        leaves.withUnsafeBytes { leaves in octets.replaceSubrange(..<filled, with: leaves[..<filled]) }
        let encoder = try schedules.encoder(
            octets.span.bytes.extracting(first: sources * length), symbolSize: length)
        for index in sources..<count {
            try encoder.write(index, into: &octets, at: index * length..<(index + 1) * length)
        }
        self.octets = octets
        self.count = count
        pieceLength = length
    }

    /// Where in `octets` a piece is, 0 ..< `count`.
    func place(_ index: Int) -> Range<Int> { index * pieceLength..<(index + 1) * pieceLength }

    /// Octets held.
    static func octets(_ layout: HashLayout, block: Int) -> Int { 2 * layout.pieces(block) * layout.pieceLength }
}
