/// A source block, and where its symbols are in the object (RFC 6330 §4.4.1.2).
///
/// With one sub-block a symbol is T consecutive octets. With N of them the block is N pieces, one after the other, of
/// which each holds a part of every symbol: the parts are apart in the object. All sub-blocks have the same K, so what is
/// coded is always the symbol as a whole.
public struct SourceBlock: Equatable, Sendable {
    /// The SBN.
    public let number: Int
    /// K.
    public let sourceSymbols: Int
    /// Where the block begins in the object, octets.
    public let offset: UInt64
    private let information: ObjectTransmissionInformation

    init(number: Int, sourceSymbols: Int, offset: UInt64, information: ObjectTransmissionInformation) {
        self.number = number
        self.sourceSymbols = sourceSymbols
        self.offset = offset
        self.information = information
    }

    /// T, octets.
    public var symbolSize: Int { information.symbolSize }

    /// Octets of the object in this block: less than K · T if it is the last one and padded.
    public var length: UInt64 {
        min(UInt64(sourceSymbols) * UInt64(symbolSize), information.transferLength - offset)
    }

    /// A part of a symbol.
    public struct Piece: Equatable, Sendable {
        /// Where it is in the object.
        public let offset: UInt64
        /// Where it is in the symbol. What no piece has is padding, zeros.
        public let range: Range<Int>

        public init(offset: UInt64, range: Range<Int>) {
            self.offset = offset
            self.range = range
        }
    }

    /// The pieces of a source symbol, in order; none for one that is not of this block.
    public func pieces(_ id: UInt32) -> [Piece] {
        guard id < sourceSymbols else { return [] }
        let parts = Partition(symbolSize / information.alignment, into: information.subBlocks)
        return (0..<information.subBlocks).compactMap { part in
            let start = parts.start(part) * information.alignment
            let size = parts.size(part) * information.alignment
            let place = offset + UInt64(start) * UInt64(sourceSymbols) + UInt64(size) * UInt64(id)
            guard place < information.transferLength else { return nil }
            let there = Int(min(UInt64(size), information.transferLength - place))
            return Piece(offset: place, range: start..<start + there)
        }
    }
}
