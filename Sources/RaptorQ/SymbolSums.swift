/// Some encoding symbols of a block for which steps 1 to 3 of its schedule are done: each is made of the symbols that its
/// columns would be without inactive ones, and of what inactive ones add to the sum.
struct SymbolSums {
    private let given: RowSums
    private let inactive: BitProduct

    /// Octets of tables needed.
    var tableSize: Int { inactive.tableSize }

    /// - Parameters:
    ///   - ids: internal symbol ids.
    ///   - places: `Peeling.places`.
    ///   - parts: `InactiveSystem.parts`.
    ///   - target: the slot of the first one, the others following.
    ///   - initial: what the sums are added to.
    init(
        _ ids: some Sequence<UInt32>, _ schedule: SolutionSchedule, places: [Int32], parts: BitMatrix,
        _ columns: SymbolColumns, from target: Int = 0, initial: RowSums.Initial = .zero
    ) {
        let ids = Array(ids)
        var bits = BitMatrix(rows: ids.count, columns: schedule.inactiveSlots.count)
        var list: [UInt32] = []
        var rows: [RowSums.Row] = []
        rows.reserveCapacity(ids.count)
        for (index, id) in ids.enumerated() {
            let first = list.count
            columns.forEach(id) { column in
                let place = Int(places[column])
                if place < 0 {
                    bits.flip(index, ~place)
                } else {
                    bits.add(place, of: parts, to: index)
                    list.append(schedule.columnSlots[column])
                }
            }
            rows.append(RowSums.Row(target: UInt32(target + index), initial: initial, columns: first..<list.count))
        }
        given = RowSums(rows, columns: list)
        inactive = BitProduct(
            bits, from: 0, inputs: schedule.inactiveSlots, outputs: ids.indices.map { UInt32(target + $0) },
            accumulates: true)
    }

    /// Sums slots of `sources`, or of `store` itself.
    func run(_ store: SymbolStore, from sources: SymbolStore? = nil, tables: ProductTables) {
        store.run(given, from: sources)
        store.run(inactive, from: sources, tables: tables)
    }
}
