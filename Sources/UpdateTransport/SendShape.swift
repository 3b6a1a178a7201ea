/// How many of everything a sender of an object has to send.
public struct SendShape: Hashable, Sendable {
    /// Source symbols of each block (K), which differ by one at most, at least one.
    private let blocks: [Int]
    /// Leaves in a hash packet (n).
    public let pieceLeaves: Int
    /// Packets of the announcement for FLUTE receivers; 0 for none.
    public let announcements: Int
    /// Source symbols of the largest block.
    public let largestBlock: Int

    /// - Parameter sourceSymbols: of each block.
    public init(sourceSymbols: [Int], pieceLeaves: Int, announcements: Int) {
        blocks = sourceSymbols.isEmpty ? [1] : sourceSymbols.map { max($0, 1) }
        self.pieceLeaves = max(pieceLeaves, 1)
        self.announcements = max(announcements, 0)
        largestBlock = blocks.max() ?? 1
    }

    public var blockCount: Int { blocks.count }

    /// Source symbols of a block (K); there are as many repair symbols.
    public func sourceSymbols(_ block: Int) -> Int { blocks[block] }

    /// Hash packets for each half of a block (K_h); there are as many repair pieces.
    public func pieces(_ block: Int) -> Int { (blocks[block] + pieceLeaves - 1) / pieceLeaves }
}
