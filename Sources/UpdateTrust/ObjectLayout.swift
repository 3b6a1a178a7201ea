/// How an object is cut into blocks and symbols: `size` octets (F of RFC 6330), symbols of `symbolSize` octets (T) and
/// `blockCount` blocks (Z), one sub-block each, by the partition of RFC 6330 §4.4.1.2.
///
/// The last symbol is filled up with zeros; an object without octets has one symbol, of zeros.
public struct ObjectLayout: Hashable, Sendable {
    public let size: UInt64
    public let symbolSize: Int
    public let blockCount: Int
    /// Source symbols of all blocks together.
    public let symbolCount: Int
    /// Blocks that have one symbol more than the others: the first ones.
    let largerBlocks: Int
    /// Symbols of the other blocks.
    let smallerBlockSymbols: Int

    /// The largest transfer length (RFC 6330 §4.4.1.2).
    public static let maximumSize: UInt64 = 946_270_874_880
    /// Source block numbers have 8 bits.
    public static let maximumBlockCount = 256
    /// What is made has one fewer: EXT_FTI has 8 bits for their count (RFC 6330 §3.3.3).
    static let largestMadeBlockCount = 255
    /// The largest source block (RFC 6330 §5.1.2).
    public static let maximumBlockSymbols = 56_403
    /// From what tests and very small objects need to what fits into an IPv6 packet of 9,216 octets.
    public static let symbolSizes = 64...9_148
    /// How many encoding symbols a receiver may hear, as a multiple of the source symbols: W of the manifest.
    public static let windowFactor = 2
    /// Octets of IPv6, UDP, LCT and FEC payload ID before a symbol.
    public static let packetOverhead = 68

    /// The layout that these three numbers mean.
    public init(size: UInt64, symbolSize: Int, blockCount: Int) throws(LayoutError) {
        guard size <= Self.maximumSize else { throw .objectTooLarge(size) }
        guard Self.symbolSizes.contains(symbolSize), symbolSize.isMultiple(of: 4) else { throw .symbolSize(symbolSize) }
        let symbols = max(Int((size + UInt64(symbolSize) - 1) / UInt64(symbolSize)), 1)
        guard 1...Self.maximumBlockCount ~= blockCount, blockCount <= symbols else { throw .blockCount(blockCount) }
        let (whole, rest) = symbols.quotientAndRemainder(dividingBy: blockCount)
        let largest = rest > 0 ? whole + 1 : whole
        guard largest <= Self.maximumBlockSymbols else { throw .blockTooLarge(symbols: largest) }
        self.size = size
        self.symbolSize = symbolSize
        self.blockCount = blockCount
        symbolCount = symbols
        largerBlocks = rest
        smallerBlockSymbols = whole
    }

    /// The layout with blocks of at most `blockSymbols` symbols, or of as many more as 255 blocks make necessary.
    public init(size: UInt64, symbolSize: Int, blockSymbols: Int) throws(LayoutError) {
        guard size <= Self.maximumSize else { throw .objectTooLarge(size) }
        guard Self.symbolSizes.contains(symbolSize), symbolSize.isMultiple(of: 4) else { throw .symbolSize(symbolSize) }
        let symbols = max((size + UInt64(symbolSize) - 1) / UInt64(symbolSize), 1)
        let wanted = UInt64(max(blockSymbols, 1))
        let blocks = min((symbols - 1) / wanted + 1, UInt64(Self.largestMadeBlockCount))
        try self.init(size: size, symbolSize: symbolSize, blockCount: Int(blocks))
    }

    /// The symbol size for IPv6 packets of at most `mtu` octets.
    public static func symbolSize(mtu: Int) -> Int { (mtu - packetOverhead) & ~3 }

    /// Source symbols of a block (K).
    public func sourceSymbols(_ block: Int) -> Int { smallerBlockSymbols + (block < largerBlocks ? 1 : 0) }

    /// Where in the object the source symbols of a block begin, counted in symbols.
    public func firstSymbol(_ block: Int) -> Int { block * smallerBlockSymbols + min(block, largerBlocks) }

    /// The block and ESI of a source symbol that is counted over the whole object.
    public func place(ofSymbol symbol: Int) -> (block: Int, esi: Int) {
        let inLarger = largerBlocks * (smallerBlockSymbols + 1)
        if symbol < inLarger {
            let (block, esi) = symbol.quotientAndRemainder(dividingBy: smallerBlockSymbols + 1)
            return (block, esi)
        }
        // A block of no symbols there is not: with none of them all are larger ones.
        let (block, esi) = (symbol - inLarger).quotientAndRemainder(dividingBy: max(smallerBlockSymbols, 1))
        return (largerBlocks + block, esi)
    }

    /// Whether there is such a block and such an encoding symbol of it within the window.
    public func contains(block: Int, esi: Int) -> Bool {
        0..<blockCount ~= block && 0..<(Self.windowFactor * sourceSymbols(block)) ~= esi
    }

    /// Where in the file a source symbol is, and how many octets of it are of the file and not filling.
    public func extent(block: Int, esi: Int) -> (offset: UInt64, length: Int) {
        let offset = UInt64(firstSymbol(block) + esi) * UInt64(symbolSize)
        return (offset, offset < size ? Int(min(UInt64(symbolSize), size - offset)) : 0)
    }
}
