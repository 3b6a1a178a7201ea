/// What a receiver must know of an object to decode it (RFC 6330 §3.3.2, §3.3.3), valid by construction.
public struct ObjectTransmissionInformation: Equatable, Hashable, Sendable {
    /// F, octets.
    public let transferLength: UInt64
    /// T, octets of a symbol: a multiple of `alignment`.
    public let symbolSize: Int
    /// Z. The field has eight bits and zero is not a number of blocks, so 255 at most.
    public let sourceBlocks: Int
    /// N, the sub-blocks of each source block.
    public let subBlocks: Int
    /// Al, octets.
    public let alignment: Int

    /// RFC 6330 §3.3.2.
    public static let maximumTransferLength: UInt64 = 946_270_874_880
    public static let maximumSourceBlocks = 255
    /// Octets of the common and the scheme-specific part together.
    public static let encodedLength = 12

    public init(
        transferLength: UInt64, symbolSize: Int, sourceBlocks: Int, subBlocks: Int = 1, alignment: Int = 1
    ) throws(RaptorQError) {
        guard 1...Self.maximumTransferLength ~= transferLength else { throw .transferLength(transferLength) }
        guard 1...255 ~= alignment, 1...65_535 ~= symbolSize, symbolSize % alignment == 0 else {
            throw .symbolSize(symbolSize, alignment: alignment)
        }
        guard 1...symbolSize / alignment ~= subBlocks else { throw .subBlockCount(subBlocks) }
        let symbols = (transferLength - 1) / UInt64(symbolSize) + 1
        guard 1...Self.maximumSourceBlocks ~= sourceBlocks, sourceBlocks <= symbols,
            (symbols - 1) / UInt64(sourceBlocks) < BlockParameters.maximumSourceSymbols
        else { throw .sourceBlockCount(sourceBlocks) }
        self.transferLength = transferLength
        self.symbolSize = symbolSize
        self.sourceBlocks = sourceBlocks
        self.subBlocks = subBlocks
        self.alignment = alignment
    }

    /// With as many source blocks as make none larger than `blockSymbols`.
    public init(
        transferLength: UInt64, symbolSize: Int, blockSymbols: Int, subBlocks: Int = 1, alignment: Int = 1
    ) throws(RaptorQError) {
        guard blockSymbols > 0 else { throw .sourceSymbolCount(blockSymbols) }
        guard 1...Self.maximumTransferLength ~= transferLength else { throw .transferLength(transferLength) }
        guard symbolSize > 0 else { throw .symbolSize(symbolSize, alignment: alignment) }
        let symbols = (transferLength - 1) / UInt64(symbolSize) + 1
        try self.init(
            transferLength: transferLength, symbolSize: symbolSize,
            sourceBlocks: Int((symbols - 1) / UInt64(blockSymbols)) + 1, subBlocks: subBlocks, alignment: alignment)
    }

    /// Kt, the source symbols of all blocks.
    public var totalSymbols: Int { Int((transferLength - 1) / UInt64(symbolSize)) + 1 }

    /// Where the symbols of a source block are in the object. Long blocks come first (§4.4.1.2).
    public func sourceBlock(_ number: Int) throws(RaptorQError) -> SourceBlock {
        guard 0..<sourceBlocks ~= number else { throw .sourceBlockNumber(number) }
        let blocks = Partition(totalSymbols, into: sourceBlocks)
        return SourceBlock(
            number: number, sourceSymbols: blocks.size(number),
            offset: UInt64(blocks.start(number)) * UInt64(symbolSize), information: self)
    }

    /// Parses the 8 octets of the common part and the 4 of the scheme-specific part behind them. Reserved bits are ignored.
    public init(parsing octets: RawSpan) throws(RaptorQError) {
        guard octets.byteCount == Self.encodedLength else {
            throw .length(octets.byteCount, needed: Self.encodedLength)
        }
        func number(_ range: Range<Int>) -> UInt64 {
            range.reduce(0) { $0 << 8 | UInt64(octets.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
        }
        try self.init(
            transferLength: number(0..<5), symbolSize: Int(number(6..<8)), sourceBlocks: Int(number(8..<9)),
            subBlocks: Int(number(9..<11)), alignment: Int(number(11..<12)))
    }

    /// The octets of the common part, then those of the scheme-specific part.
    public var encoded: [UInt8] {
        let length = (0..<5).map { UInt8(truncatingIfNeeded: transferLength >> UInt64(32 - 8 * $0)) }
        let rest = [0, symbolSize >> 8, symbolSize, sourceBlocks, subBlocks >> 8, subBlocks, alignment]
        return length + rest.map { UInt8(truncatingIfNeeded: $0) }
    }
}
