/// What to do with symbols to solve for the intermediate ones, in place (RFC 6330 §5.4.2, ordered otherwise).
///
/// A slot holds the symbol of a row, then that of the column which the row gives:
/// 1. sums over the rows that give columns, in order: each symbol as it would be were all inactive ones zero; the same for
///    the spare rows in use;
/// 2. the equations: from the spare rows' symbols those of the inactive columns, but for what open columns add to them;
/// 3. the HDPC rows: the open columns, and what they add to the others;
/// 4. what inactive columns add to the others: for an encoder `finish`, for a decoder as much as is missing.
struct SolutionSchedule {
    private let forward: RowSums
    private let equations: BitProduct
    private let hdpc: HDPCSums?
    private let closure: OctetProduct?
    private let spread: RowSums
    private let pivots: Int
    /// Where the symbols of inactive columns are, in the order of `Peeling.inactiveColumns`.
    let inactiveSlots: [UInt32]
    /// Where the intermediate symbols come to be, by column.
    let columnSlots: [UInt32]

    /// Octets of tables needed.
    var tableSize: Int { equations.tableSize }

    /// `slot` and `initial` tell of a row where it is and what it starts with; `hdpcSlots` are free.
    init(
        _ system: InactiveSystem, _ closure: HDPCClosure, _ rows: ConstraintRows, _ hdpcRows: HDPCRows,
        hdpcSlots: [UInt32],
        slot: (Int) -> UInt32, initial: (Int) -> RowSums.Initial
    ) {
        let peeling = system.peeling
        let inputSlots = system.inputs.map { slot(Int($0)) }
        var inactive = [UInt32](repeating: 0, count: system.columns)
        for (equation, pivot) in system.pivots.enumerated() { inactive[pivot] = inputSlots[equation] }
        for (index, column) in closure.columns.enumerated() { inactive[column] = hdpcSlots[index] }
        let given = peeling.pivotRows.map { slot(Int($0)) }
        inactiveSlots = inactive
        columnSlots = peeling.places.map { $0 < 0 ? inactive[Int(~$0)] : given[Int($0)] }
        pivots = given.count

        var sums: [RowSums.Row] = []
        var columns: [UInt32] = []
        sums.reserveCapacity(rows.count)
        columns.reserveCapacity(rows.columns.count)
        func append(_ row: Int, giving own: Int) {
            let first = columns.count
            for index in rows.range(row) {
                let place = Int(peeling.places[Int(rows.columns[index])])
                if place >= 0, place != own { columns.append(given[place]) }
            }
            let middle = columns.count
            for index in rows.range(row) {
                let place = Int(peeling.places[Int(rows.columns[index])])
                if place < 0 { columns.append(inactive[~place]) }
            }
            sums.append(
                RowSums.Row(
                    target: slot(row), initial: initial(row), columns: first..<columns.count, middle: middle))
        }
        for (place, row) in peeling.pivotRows.enumerated() { append(Int(row), giving: place) }
        for row in system.inputs { append(Int(row), giving: -1) }
        forward = RowSums(sums, columns: columns)
        equations = BitProduct(
            system.equations, from: system.firstInput, inputs: inputSlots, outputs: inputSlots, accumulates: false)

        guard !closure.columns.isEmpty else {
            hdpc = nil
            self.closure = nil
            spread = RowSums([], columns: [])
            return
        }
        hdpc = HDPCSums(
            slots: columnSlots[0..<hdpcRows.columns].enumerated().map { peeling.places[$0] < 0 ? .max : $1 },
            rows: hdpcRows, outputs: hdpcSlots)
        let openSlots = Array(hdpcSlots[0..<closure.columns.count])
        self.closure = OctetProduct(inputs: hdpcSlots + inputSlots, factors: closure.factors, outputs: openSlots)
        var spreadRows: [RowSums.Row] = []
        var spreadColumns: [UInt32] = []
        for equation in system.pivots.indices {
            let first = spreadColumns.count
            for (index, column) in closure.columns.enumerated() where system.equations[equation, column] {
                spreadColumns.append(openSlots[index])
            }
            guard spreadColumns.count > first else { continue }
            spreadRows.append(
                RowSums.Row(target: inputSlots[equation], initial: .target, columns: first..<spreadColumns.count))
        }
        spread = RowSums(spreadRows, columns: spreadColumns)
    }

    /// Step 4 for all columns, from the same `external` symbols.
    func finish(_ store: SymbolStore, external: UnsafeRawBufferPointer) {
        store.run(forward, rows: pivots, external: external, toLast: true)
    }

    /// Steps 1 to 3; `external` are the symbols of rows that start with such.
    func solve(
        _ store: SymbolStore, external: UnsafeRawBufferPointer? = nil, tables: ProductTables
    ) {
        store.run(forward, external: external)
        store.run(equations, tables: tables)
        guard let hdpc, let closure else { return }
        store.run(hdpc)
        store.run(closure)
        store.run(spread)
    }
}
