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

    /// Solves, in `store`, and computes the symbols `ids`.
    ///
    /// With few of them, each is made of the symbols that its columns would be without inactive ones, and of what inactive
    /// ones add to the sum. With many, all intermediate symbols are made, where they are.
    init(
        _ ids: [UInt32], _ store: SymbolStore, _ schedule: SolutionSchedule, _ system: InactiveSystem,
        _ parameters: BlockParameters, portable: Bool
    ) throws(RaptorQError) {
        self.ids = ids
        let columns = SymbolColumns(parameters)
        let parts: BitProduct
        if 4 * ids.count > parameters.sourceSymbols {
            let intermediate = IntermediateSymbols(store: store, columnSlots: schedule.columnSlots, columns: columns)
            self.intermediate = intermediate
            self.store = nil
            parts = BitProduct(
                system.parts, from: 0, inputs: schedule.inactiveSlots,
                outputs: system.peeling.pivotColumns.map { schedule.columnSlots[Int($0)] }, accumulates: true)
            let tables = try ProductTables(size: max(schedule.tableSize, parts.tableSize))
            schedule.solve(store, tables: tables)
            store.run(parts, tables: tables)
        } else {
            let target = try SymbolStore(count: ids.count, symbolSize: store.symbolSize, portable: portable)
            self.store = target
            intermediate = nil
            let given: RowSums
            (given, parts) = Self.sums(ids, schedule, system, columns)
            let tables = try ProductTables(size: max(schedule.tableSize, parts.tableSize))
            schedule.solve(store, tables: tables)
            target.run(given, from: store)
            target.run(parts, from: store, tables: tables)
        }
    }

    private static func sums(
        _ ids: [UInt32], _ schedule: SolutionSchedule, _ system: InactiveSystem, _ columns: SymbolColumns
    ) -> (RowSums, BitProduct) {
        var parts = BitMatrix(rows: ids.count, columns: system.columns)
        var list: [UInt32] = []
        var ends: [Int] = [0]
        for (index, id) in ids.enumerated() {
            columns.forEach(id) { column in
                let place = Int(system.peeling.places[column])
                if place < 0 {
                    parts.flip(index, ~place)
                } else {
                    parts.add(place, of: system.parts, to: index)
                    list.append(schedule.columnSlots[column])
                }
            }
            ends.append(list.count)
        }
        let sums = RowSums(
            ids.indices.map { RowSums.Row(target: UInt32($0), initial: .zero, columns: ends[$0]..<ends[$0 + 1]) },
            columns: list)
        let product = BitProduct(
            parts, from: 0, inputs: schedule.inactiveSlots, outputs: ids.indices.map { UInt32($0) }, accumulates: true)
        return (sums, product)
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
