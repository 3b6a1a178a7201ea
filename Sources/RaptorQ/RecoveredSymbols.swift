/// The source symbols that a block lacked.
struct RecoveredSymbols {
    /// Their ESIs, in rising order.
    let ids: [UInt32]
    private let store: SymbolStore?
    private let intermediate: IntermediateSymbols?

    /// None was lacking.
    init() {
        ids = []
        store = nil
        intermediate = nil
    }

    /// Those in the first slots of `store`.
    init(_ ids: [UInt32], _ store: SymbolStore) {
        self.ids = ids
        self.store = store
        intermediate = nil
    }

    /// Solves, in `store`, and computes the symbols `ids`.
    ///
    /// With few of them, each is summed for itself. With many, all intermediate symbols are made, where they are.
    init(
        _ ids: [UInt32], _ store: SymbolStore, _ schedule: SolutionSchedule, _ system: InactiveSystem,
        _ parameters: BlockParameters, portable: Bool, tables makeTables: (Int) throws(RaptorQError) -> ProductTables
    ) throws(RaptorQError) {
        self.ids = ids
        let columns = SymbolColumns(parameters)
        if 4 * ids.count > parameters.sourceSymbols {
            let intermediate = IntermediateSymbols(store: store, columnSlots: schedule.columnSlots, columns: columns)
            self.intermediate = intermediate
            self.store = nil
            let parts = BitProduct(
                system.parts, from: 0, inputs: schedule.inactiveSlots,
                outputs: system.peeling.pivotColumns.map { schedule.columnSlots[Int($0)] }, accumulates: true)
            let tables = try makeTables(max(schedule.tableSize, parts.tableSize))
            schedule.solve(store, tables: tables)
            store.run(parts, tables: tables)
        } else {
            let target = try SymbolStore(count: ids.count, symbolSize: store.symbolSize, portable: portable)
            self.store = target
            intermediate = nil
            let sums = SymbolSums(
                ids, schedule, places: system.peeling.places, parts: system.parts, columns)
            let tables = try makeTables(max(schedule.tableSize, sums.tableSize))
            schedule.solve(store, tables: tables)
            sums.run(target, from: store, tables: tables)
        }
    }

    /// Hands out the symbols in rising order of their ESIs.
    func forEach(_ body: (UInt32, UnsafeRawBufferPointer) throws -> Void) throws {
        for (index, id) in ids.enumerated() {
            if let store {
                try store.withSymbol(index) { octets in try body(id, octets) }
            } else if let intermediate {
                try withUnsafeTemporaryAllocation(byteCount: intermediate.store.symbolSize, alignment: 64) { octets in
                    intermediate.write(id, into: octets)
                    try body(id, UnsafeRawBufferPointer(octets))
                }
            }
        }
    }
}
