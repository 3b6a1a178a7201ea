public import RaptorQ

/// Makes the hash tree of an object from the leaves of its symbols, one half of a block at a time.
public struct HashTreeBuilder: ~Copyable {
    private let layout: HashLayout
    private let schedules: EncodingSchedules
    private var hasher: SymbolHasher
    private var leaves: [SymbolHash]

    public init(_ layout: HashLayout, object: UpdateID) throws(RaptorQError) {
        self.layout = layout
        schedules = try EncodingSchedules(layout)
        hasher = SymbolHasher(object: object)
        leaves = Array(repeating: .zero, count: layout.packetCount)
    }

    /// Adds the leaves of a half of a block: 16 octets for each of its K symbols. The tree needs all halves, in any order.
    public mutating func add(block: Int, half: WindowHalf, leaves octets: RawSpan) throws(RaptorQError) {
        let pieces = try HashPieces(layout, block: block, leaves: octets, schedules: schedules)
        for index in 0..<pieces.count {
            let place = HashPacketPlace(block: block, half: half, index: index)
            leaves[layout.number(place)] = hasher.packet(
                place, piece: pieces.octets.span.bytes.extracting(pieces.place(index)))
        }
    }

    /// The tree, once all halves of all blocks are in.
    public consuming func finish() -> HashTree { HashTree(layout, leaves: leaves, hasher: &hasher) }
}
