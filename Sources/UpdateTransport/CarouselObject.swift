/// What every packet of a carousel says about the whole file.
///
/// Two packets belong together only if all of it is equal: one that forges a field makes another object and touches
/// nothing of the true one.
public struct CarouselObject: Hashable, Sendable {
    public var id: ObjectID
    /// The size of the file in octets.
    public var size: UInt64
    /// Octets of the file in each packet; the last one may have fewer.
    public var symbolSize: UInt16
    public var hash: ContentHash

    /// The largest file that is ever accepted: RFC 6330's largest transfer length (§4.4.1.2).
    public static let maximumSize: UInt64 = 946_270_874_880
    /// Symbol sizes that are accepted. IPv6 packets need not be smaller than 1,280 octets (RFC 8200 §5), so a smaller
    /// symbol would only serve to make a receiver's bitmap large.
    public static let symbolSizes: ClosedRange<UInt16> = 1_024...9_096

    public init(id: ObjectID, size: UInt64, symbolSize: UInt16, hash: ContentHash) {
        self.id = id
        self.size = size
        self.symbolSize = symbolSize
        self.hash = hash
    }

    /// How many different packets there are; an empty file has one, which carries nothing.
    public var symbolCount: UInt64 {
        max((size + UInt64(symbolSize) - 1) / UInt64(symbolSize), 1)
    }

    /// Where in the file a symbol is. `symbol` is less than `symbolCount`.
    public func offset(ofSymbol symbol: UInt64) -> UInt64 { symbol * UInt64(symbolSize) }

    /// How many octets a symbol has: `symbolSize`, or what is left for the last one.
    public func length(ofSymbol symbol: UInt64) -> Int {
        Int(min(UInt64(symbolSize), size - offset(ofSymbol: symbol)))
    }
}
