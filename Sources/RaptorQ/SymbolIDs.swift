/// Which encoding symbols have come.
struct SymbolIDs {
    private let sourceSymbols: UInt32
    private var source: [UInt64]
    private var repair: Set<UInt32> = []
    /// Source symbols among them.
    private(set) var sourceCount = 0

    init(sourceSymbols: Int) {
        self.sourceSymbols = UInt32(sourceSymbols)
        source = [UInt64](repeating: 0, count: (sourceSymbols + 63) / 64)
    }

    func contains(_ id: UInt32) -> Bool {
        id < sourceSymbols ? source[Int(id / 64)] >> UInt64(id % 64) & 1 != 0 : repair.contains(id)
    }

    mutating func insert(_ id: UInt32) {
        guard !contains(id) else { return }
        guard id < sourceSymbols else {
            repair.insert(id)
            return
        }
        source[Int(id / 64)] |= 1 << UInt64(id % 64)
        sourceCount += 1
    }

    /// Source symbols that have not come, in order.
    var missing: [UInt32] { (0..<sourceSymbols).filter { !contains($0) } }
}
