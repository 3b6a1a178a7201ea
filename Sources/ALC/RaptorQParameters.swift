public import IPv6

/// How an object is cut for RaptorQ: its FEC Object Transmission Information (RFC 6330 §3.3).
///
/// ```
///  common            F 40 | reserved 8 | T 16        scheme-specific   Z 8 | N 16 | Al 8
/// ```
public struct RaptorQParameters: Hashable, Sendable {
    /// F, octets of the object: 1…946,270,874,880.
    public let transferLength: UInt64
    /// T, octets of a symbol, a multiple of `symbolAlignment`.
    public let symbolSize: UInt16
    /// Z, into how many source blocks the object is cut: 1…255, for the field has 8 bits.
    public let sourceBlocks: UInt8
    /// N, into how many sub-blocks each of them is cut: 1…T/Al.
    public let subBlocks: UInt16
    /// Al, octets.
    public let symbolAlignment: UInt8

    /// Octets of both parts together.
    static let length = 12
    /// The most octets that an object may have (RFC 6330 §3.3.2).
    public static let maximumTransferLength: UInt64 = 946_270_874_880
    /// The most source symbols that a block may have, K'max (RFC 6330 §5.1.2).
    public static let maximumSourceSymbols: UInt64 = 56_403

    /// - Throws: `.malformed` with what is wrong, if there can be no such object.
    public init(
        transferLength: UInt64, symbolSize: UInt16, sourceBlocks: UInt8 = 1, subBlocks: UInt16 = 1,
        symbolAlignment: UInt8 = 4
    ) throws(WireError) {
        guard 1...Self.maximumTransferLength ~= transferLength else { throw .malformed("transfer length (F)") }
        guard symbolAlignment > 0 else { throw .malformed("symbol alignment (Al) of 0") }
        guard symbolSize > 0, symbolSize % UInt16(symbolAlignment) == 0 else {
            throw .malformed("symbol size (T) that is no multiple of the alignment")
        }
        guard 1...symbolSize / UInt16(symbolAlignment) ~= subBlocks else {
            throw .malformed("number of sub-blocks (N)")
        }
        let symbols = (transferLength - 1) / UInt64(symbolSize) + 1
        guard sourceBlocks > 0, sourceBlocks <= symbols else { throw .malformed("number of source blocks (Z)") }
        guard (symbols - 1) / UInt64(sourceBlocks) < Self.maximumSourceSymbols else {
            throw .malformed("too few source blocks (Z) for so many symbols")
        }
        self.transferLength = transferLength
        self.symbolSize = symbolSize
        self.sourceBlocks = sourceBlocks
        self.subBlocks = subBlocks
        self.symbolAlignment = symbolAlignment
    }

    /// Parses both parts, the first 12 octets, as EXT_FTI has them; what is reserved is not looked at.
    init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= Self.length else { throw .tooShort(needed: Self.length, had: octets.byteCount) }
        try self.init(
            transferLength: octets.long(at: 0) >> 24, symbolSize: octets.short(at: 6),
            sourceBlocks: octets.octet(at: 8), subBlocks: octets.short(at: 9), symbolAlignment: octets.octet(at: 11))
    }

    /// Writes both parts, 12 octets.
    func encode(into octets: inout MutableRawSpan, at start: Int) {
        octets.write(transferLength << 24 | UInt64(symbolSize), at: start)
        octets.write(sourceBlocks, at: start + 8)
        octets.write(subBlocks, at: start + 9)
        octets.write(symbolAlignment, at: start + 11)
    }

    /// Kt, the source symbols of the whole object, the last one padded.
    public var symbols: UInt64 { (transferLength - 1) / UInt64(symbolSize) + 1 }

    /// K of the first source block; those behind have as many or one less (RFC 6330 §4.4.1.2).
    public var largestBlock: UInt64 { (symbols - 1) / UInt64(sourceBlocks) + 1 }

    /// The scheme-specific part, as an FDT has it.
    var schemeSpecific: [UInt8] {
        [sourceBlocks, UInt8(subBlocks >> 8), UInt8(truncatingIfNeeded: subBlocks), symbolAlignment]
    }
}
