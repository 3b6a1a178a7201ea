/// Which symbols of an object have arrived: one bit each, never the contents.
public struct SymbolBitmap: Sendable {
    private var words: [UInt64]
    /// How many symbols there are.
    public let count: UInt64
    /// How many of them are in.
    public private(set) var inserted: UInt64 = 0

    /// All absent. Takes `count / 8` octets.
    public init(count: UInt64) {
        self.count = count
        words = Array(repeating: 0, count: Int((count + 63) / 64))
    }

    public var isFull: Bool { inserted == count }

    /// Whether a symbol is in; one out of range is not.
    public func contains(_ symbol: UInt64) -> Bool {
        symbol < count && words[Int(symbol / 64)] & 1 << (symbol % 64) != 0
    }

    /// Puts a symbol in. False if it was there already, or is out of range.
    public mutating func insert(_ symbol: UInt64) -> Bool {
        guard symbol < count else { return false }
        let bit: UInt64 = 1 << (symbol % 64)
        guard words[Int(symbol / 64)] & bit == 0 else { return false }
        words[Int(symbol / 64)] |= bit
        inserted += 1
        return true
    }
}
