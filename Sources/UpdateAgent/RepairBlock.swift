/// What has been encoded ahead of a block's repair symbols, which are numbered across laps.
struct RepairBlock: Sendable {
    var chunks: [RepairChunk] = []
    /// The number of the next symbol to be sent.
    private(set) var next = 0
    /// All symbols of the block are in its one chunk, for good.
    var isComplete = false

    /// Moves on to the next number that is symbol `symbol` of `count`, and drops chunks before it; whether there was one.
    mutating func advance(to symbol: Int, of count: Int) -> Bool {
        next += (symbol - next % count + count) % count
        if isComplete { return false }
        let before = chunks.count
        chunks.removeAll { $0.symbols.upperBound <= next }
        return chunks.count < before
    }

    /// The chunk that holds the next symbol, and where in it.
    func current(of count: Int) -> (chunk: RepairChunk, index: Int)? {
        if isComplete, let chunk = chunks.first {
            return (chunk, (next - chunk.symbols.lowerBound % count) % count)
        }
        guard let chunk = chunks.first(where: { $0.symbols.contains(next) }) else { return nil }
        return (chunk, next - chunk.symbols.lowerBound)
    }
}

/// Repair symbols of a block, one after the other.
struct RepairChunk: Sendable {
    /// Their numbers.
    var symbols: Range<Int>
    var octets: [UInt8]
}
