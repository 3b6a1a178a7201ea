/// How the leaves of an object's symbols are spread over hash packets.
///
/// The K leaves of a half of a block, in order, are cut into pieces of `pieceLeaves` leaves; these are the source symbols
/// of a small RaptorQ block, which has as many repair pieces. Each piece travels with its path to the root:
///
///     u32 number of the packet among all ‖ pathLength · 16 octets, lowest sibling first ‖ pieceLeaves · 16 octets
///
/// Packets are numbered by block, half and index. `pieceLeaves` is the largest with which this fits into a symbol; since
/// the path's length depends on the number of packets, the shortest path that is long enough is taken.
public struct HashLayout: Hashable, Sendable {
    public let object: ObjectLayout
    /// Leaves in a piece (n).
    public let pieceLeaves: Int
    /// Hashes of the path (P); the tree has room for 2^P packets.
    public let pathLength: Int
    /// All hash packets (M).
    public let packetCount: Int

    static let headerLength = 4

    public init(_ object: ObjectLayout) throws(LayoutError) {
        self.object = object
        for path in 0...32 {
            let room = object.symbolSize - Self.headerLength - path * SymbolHash.length
            guard room >= SymbolHash.length else { break }
            let leaves = room / SymbolHash.length
            let larger = Self.pieces(of: object.smallerBlockSymbols + 1, leaves)
            let smaller = Self.pieces(of: object.smallerBlockSymbols, leaves)
            let pieces = object.largerBlocks * larger + (object.blockCount - object.largerBlocks) * smaller
            let packets = 4 * pieces
            guard packets <= 1 << path else { continue }
            let most = 2 * (object.largerBlocks > 0 ? larger : smaller)
            guard most <= 1 << 16 else { throw .tooManyHashPackets(most) }
            pieceLeaves = leaves
            pathLength = path
            packetCount = packets
            return
        }
        throw .noRoomForHashes(symbolSize: object.symbolSize)
    }

    private static func pieces(of symbols: Int, _ leaves: Int) -> Int { (symbols + leaves - 1) / leaves }

    /// Octets of a piece (T_h).
    public var pieceLength: Int { pieceLeaves * SymbolHash.length }

    /// Octets of a hash packet's payload; at most the symbol size.
    public var payloadLength: Int { Self.headerLength + pathLength * SymbolHash.length + pieceLength }

    /// Source pieces of each half of a block (K_h); there are as many repair pieces.
    public func pieces(_ block: Int) -> Int { Self.pieces(of: object.sourceSymbols(block), pieceLeaves) }

    /// Whether there is such a packet.
    public func contains(_ place: HashPacketPlace) -> Bool {
        0..<object.blockCount ~= place.block && 0..<(2 * pieces(place.block)) ~= place.index
    }

    /// The number of the first packet of a block.
    func firstNumber(_ block: Int) -> Int {
        let larger = min(block, object.largerBlocks)
        return 4
            * (larger * Self.pieces(of: object.smallerBlockSymbols + 1, pieceLeaves)
                + (block - larger) * Self.pieces(of: object.smallerBlockSymbols, pieceLeaves))
    }

    /// The number of a packet among all, which is its place in the tree. There must be such a packet.
    public func number(_ place: HashPacketPlace) -> Int {
        firstNumber(place.block) + (place.half == .source ? 0 : 2 * pieces(place.block)) + place.index
    }

    /// The encoding symbols whose leaves a source piece carries.
    public func symbols(_ place: HashPacketPlace) -> Range<Int> {
        let count = object.sourceSymbols(place.block)
        let start = place.half == .source ? 0 : count
        let first = min(place.index * pieceLeaves, count)
        return start + first..<start + min(first + pieceLeaves, count)
    }
}
