/// Why an object cannot be cut as asked for.
public enum LayoutError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Larger than what can be sent at all (RFC 6330 §4.4.1.2).
    case objectTooLarge(UInt64)
    /// No multiple of four between the limits.
    case symbolSize(Int)
    /// Not 1 to 256, or more than there are symbols.
    case blockCount(Int)
    /// A block would have more symbols than the code allows.
    case blockTooLarge(symbols: Int)
    /// The hash packets of a block would be more than their numbers allow: symbols are too small for so large a block.
    case tooManyHashPackets(Int)
    /// A symbol has no room for a hash and its path.
    case noRoomForHashes(symbolSize: Int)

    public var description: String {
        switch self {
        case .objectTooLarge(let size):
            "\(size) octets are more than the \(ObjectLayout.maximumSize) that can be sent"
        case .symbolSize(let size):
            """
            the symbol size \(size) is not a multiple of 4 from \(ObjectLayout.symbolSizes.lowerBound) to \
            \(ObjectLayout.symbolSizes.upperBound)
            """
        case .blockCount(let count):
            "\(count) blocks are not 1 to \(ObjectLayout.maximumBlockCount), or more than there are symbols"
        case .blockTooLarge(let symbols):
            """
            a block of \(symbols) symbols is larger than \(ObjectLayout.maximumBlockSymbols): use larger symbols (a larger MTU)
            """
        case .tooManyHashPackets(let count):
            "\(count) hash packets of a block are more than 65536: use larger symbols (a larger MTU) or smaller blocks"
        case .noRoomForHashes(let size):
            "symbols of \(size) octets have no room for a hash with its path: use larger ones"
        }
    }
}
