import RaptorQ

/// Which encoding symbol a packet carries: the FEC Payload ID of RaptorQ (RFC 6330 §3.2).
///
/// ```
///  SBN 8 | ESI 24
/// ```
public struct RaptorQPayloadID: Hashable, Sendable {
    /// Both numbers as they are on the wire.
    public var rawValue: UInt32

    /// Octets on the wire.
    public static let length = 4

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// - Parameter encodingSymbolID: less than 2²⁴; higher bits are dropped.
    public init(sourceBlockNumber: UInt8, encodingSymbolID: UInt32) {
        rawValue = UInt32(sourceBlockNumber) << 24 | encodingSymbolID & (BlockParameters.encodingSymbolIDs - 1)
    }

    /// SBN, the number of the source block, from 0 on.
    public var sourceBlockNumber: UInt8 { UInt8(rawValue >> 24) }

    /// ESI, the number of the encoding symbol in its block: source symbols first, then repair symbols.
    public var encodingSymbolID: UInt32 { rawValue & (BlockParameters.encodingSymbolIDs - 1) }

    /// Writes the four octets; for the next packet that is like the last one but for its symbol.
    public func encode(into octets: inout MutableRawSpan, at offset: Int) { octets.write(rawValue, at: offset) }
}
