/// The numbers that belong to a source block of K symbols (RFC 6330 §5.3.3.3, §5.6).
public struct BlockParameters: Equatable, Sendable {
    /// K, the source symbols: 1…56,403.
    public let sourceSymbols: Int
    /// K', the symbols of the extended block: K and, behind them, padding symbols of zeros.
    public let extendedSymbols: Int
    /// L, the intermediate symbols.
    public let intermediateSymbols: Int
    /// J(K'), of which the tuples are made.
    let systematicIndex: UInt32
    /// S, the LDPC symbols.
    let ldpcSymbols: Int
    /// H, the HDPC symbols: at most 16.
    let hdpcSymbols: Int
    /// W, the LT symbols.
    let ltSymbols: Int
    /// P, the permanently inactivated symbols, L − W.
    let piSymbols: Int
    /// P1, the least prime that is P or more.
    let piPrime: Int
    /// B, the LT symbols that are not LDPC symbols.
    var plainSymbols: Int { ltSymbols - ldpcSymbols }

    /// K'max (RFC 6330 §5.1.2).
    public static let maximumSourceSymbols = 56_403
    /// Encoding symbol ids have 24 bits (RFC 6330 §3.2).
    public static let encodingSymbolIDs: UInt32 = 1 << 24

    public init(sourceSymbols: Int) throws(RaptorQError) {
        guard 1...Self.maximumSourceSymbols ~= sourceSymbols else { throw .sourceSymbolCount(sourceSymbols) }
        var low = 0
        var high = systematicIndices.count / 5 - 1
        while low < high {  // the first row with K' ≥ K
            let middle = (low + high) / 2
            if Int(systematicIndices[5 * middle]) < sourceSymbols { low = middle + 1 } else { high = middle }
        }
        let row = systematicIndices[5 * low..<5 * low + 5].map(Int.init)
        self.sourceSymbols = sourceSymbols
        extendedSymbols = row[0]
        systematicIndex = UInt32(row[1])
        ldpcSymbols = row[2]
        hdpcSymbols = row[3]
        ltSymbols = row[4]
        intermediateSymbols = row[0] + row[2] + row[3]
        piSymbols = intermediateSymbols - ltSymbols
        piPrime = Self.prime(from: piSymbols)
    }

    /// The internal symbol id of an encoding symbol id: padding lies between source and repair symbols (§5.3.1).
    func internalSymbolID(_ id: UInt32) -> UInt32 {
        id < sourceSymbols ? id : id + UInt32(extendedSymbols - sourceSymbols)
    }

    /// The least prime that is `from` or more.
    private static func prime(from: Int) -> Int {
        var candidate = max(from, 2)
        while !(2..<candidate).prefix(while: { $0 * $0 <= candidate }).allSatisfy({ candidate % $0 != 0 }) {
            candidate += 1
        }
        return candidate
    }
}
