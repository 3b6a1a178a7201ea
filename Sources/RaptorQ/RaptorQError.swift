/// Why parameters or symbols cannot be used.
public enum RaptorQError: Error, Equatable, Sendable {
    /// Source symbols of a block: 1…56,403 (RFC 6330 §5.1.2).
    case sourceSymbolCount(Int)
    /// Octets of a symbol, T: 1…65,535 and a multiple of the alignment Al.
    case symbolSize(Int, alignment: Int)
    /// Octets of the object, F: 1…946,270,874,880.
    case transferLength(UInt64)
    /// Source blocks, Z: 1…255, no more than there are symbols, and enough for blocks of at most 56,403.
    case sourceBlockCount(Int)
    /// Sub-blocks of each source block, N: 1…T/Al.
    case subBlockCount(Int)
    /// Octets that are not as many as they must be.
    case length(Int, needed: Int)
    /// An encoding symbol id that is 2²⁴ or more (RFC 6330 §3.2).
    case encodingSymbolID(UInt32)
    /// A source block number that is Z or more.
    case sourceBlockNumber(Int)
    /// A symbol was noted, and is to be read to decode, but there is nobody to read it.
    case symbolElsewhere(UInt32)
    /// The memory for this many octets cannot be had.
    case noMemory(Int)
}

extension RaptorQError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .sourceSymbolCount(let count): "\(count) source symbols in a block: 1 to 56403 are possible"
        case .symbolSize(let size, let alignment):
            "symbol size \(size) with alignment \(alignment): needs 1 to 65535, a multiple of the alignment, which is 1 to 255"
        case .transferLength(let length): "an object of \(length) octets: 1 to 946270874880 are possible"
        case .sourceBlockCount(let count): "\(count) source blocks do not fit the object"
        case .subBlockCount(let count): "\(count) sub-blocks do not fit the symbol size"
        case .length(let length, let needed): "\(length) octets where \(needed) are needed"
        case .encodingSymbolID(let id): "encoding symbol id \(id): less than 16777216 is needed"
        case .sourceBlockNumber(let number): "there is no source block \(number)"
        case .symbolElsewhere(let id): "symbol \(id) is needed to decode and cannot be read"
        case .noMemory(let octets): "no memory for a block of \(octets) octets: use smaller blocks"
        }
    }
}
