/// A solved block: any encoding symbol is a sum of these.
struct IntermediateSymbols {
    let store: SymbolStore
    let columnSlots: [UInt32]
    let columns: SymbolColumns

    /// Writes the symbol with an internal symbol id; `target` has T octets.
    func write(_ id: UInt32, into target: UnsafeMutableRawBufferPointer) {
        store.write(sum: columns, id, columnSlots, into: target)
    }
}
