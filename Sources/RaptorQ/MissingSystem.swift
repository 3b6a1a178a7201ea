/// Recovers the source symbols of a block that lacks few of them, without a matrix of all its symbols.
///
/// The intermediate symbols are those of the block with zeros for the missing symbols, and for each missing symbol its
/// multiples by a column of octets, found as the intermediate symbols of a block with a one for it and zeros otherwise. An
/// encoding symbol that came minus what it is with the zeros is therefore a sum of multiples of missing symbols. So many
/// equations as symbols are missing, over GF(256), give them, and whether there are so many is known before any symbol is
/// read. The schedule is the same for all blocks with the same K'.
final class MissingSystem {
    /// In rising order.
    let missing: [UInt32]
    /// Symbols whose equations are used, by their order of arrival, rising.
    private(set) var inputs: [Int] = []
    /// Repair symbols there were at the start whose equations are not used, by their order of arrival.
    private(set) var unused: [Int] = []
    /// Which missing symbol an equation gives.
    private var pivots: [Int] = []
    private let parameters: BlockParameters
    private let schedule: DecodingSchedule
    private let workspace: DecodingWorkspace
    /// What missing symbols make of the intermediate ones, an octet for each, until the equations suffice.
    private var columns: SymbolStore?
    /// Equations, an octet for each missing symbol, reduced; then what each is a sum of, an octet for each input; then those
    /// to be taken.
    private let equations: SymbolStore

    /// Where this takes as long as a matrix of all symbols; measured with symbols of 1,432 octets.
    static func limit(_ parameters: BlockParameters) -> Int { min(128, parameters.sourceSymbols) }

    /// - Parameters:
    ///   - missing: source symbols that have not come, not none, in rising order.
    ///   - ids: those that have come.
    init(
        _ parameters: BlockParameters, missing: [UInt32], _ ids: [UInt32], _ workspace: DecodingWorkspace,
        portable: Bool
    ) throws(RaptorQError) {
        self.parameters = parameters
        self.missing = missing
        self.workspace = workspace
        schedule = try workspace.schedule(parameters)
        let repairs = ids.indices.filter { ids[$0] >= parameters.sourceSymbols }
        let columns = try workspace.store(
            .coefficients, count: parameters.intermediateSymbols, symbolSize: missing.count, portable: portable)
        columns.clear(schedule.sourceSlots)
        for (index, id) in missing.enumerated() { columns.withSlot(schedule.slot(id)) { $0[index] = 1 } }
        let sums = schedule.sums(
            repairs.map { parameters.internalSymbolID(ids[$0]) }, from: 2 * missing.count, initial: .zero)
        let tables = try workspace.tables(size: max(schedule.solution.tableSize, sums.tableSize))
        schedule.solution.solve(columns, tables: tables)
        equations = try SymbolStore(
            count: 2 * missing.count + max(repairs.count, 1), symbolSize: missing.count, portable: portable)
        sums.run(equations, from: columns, tables: tables)
        self.columns = columns
        for (index, repair) in repairs.enumerated() where !take(2 * missing.count + index, of: repair) {
            unused.append(repair)
        }
    }

    /// Whether the equations give all missing symbols.
    var isSolved: Bool { inputs.count == missing.count }

    /// Takes one more symbol, the one that is `index` in order of arrival. False if it says nothing new.
    func insert(_ id: UInt32, index: Int) throws(RaptorQError) -> Bool {
        guard let columns else { return false }
        let sums = schedule.sums([parameters.internalSymbolID(id)], from: 2 * missing.count, initial: .zero)
        sums.run(equations, from: columns, tables: try workspace.tables(size: sums.tableSize))
        return take(2 * missing.count, of: index)
    }

    /// Reduces the equation in a slot, and the others by it, if it says anything.
    private func take(_ slot: Int, of index: Int) -> Bool {
        let new = inputs.count
        guard new < missing.count else { return false }
        var reduction = OctetMultiples()
        equations.withSymbol(slot) { octets in
            for (equation, pivot) in pivots.enumerated() where octets[pivot] != 0 {
                reduction.add(equation, times: octets[pivot], to: new)
            }
        }
        equations.clear(new..<new + 1)
        equations.clear(record(new)..<record(new) + 1)
        equations.withSlot(record(new)) { $0[new] = 1 }
        var copy = OctetMultiples()
        copy.add(slot, times: 1, to: new)
        equations.run(copy)
        equations.run(reduction)
        let first = equations.withSymbol(new) { octets in octets.firstIndex { $0 != 0 }.map { ($0, octets[$0]) } }
        guard let (pivot, leading) = first else { return false }
        equations.run(recorded(reduction))
        var elimination = OctetMultiples()
        // x + (c + 1) x = c x
        elimination.add(new, times: GaloisField.inverse(leading) ^ 1, to: new)
        for equation in 0..<new {
            let factor = equations.withSymbol(equation) { $0[pivot] }
            if factor != 0 { elimination.add(new, times: factor, to: equation) }
        }
        equations.run(elimination)
        equations.run(recorded(elimination))
        inputs.append(index)
        pivots.append(pivot)
        if isSolved { columns = nil }
        return true
    }

    /// Where it is recorded what an equation is a sum of.
    private func record(_ equation: Int) -> Int { missing.count + equation }

    /// The same done to the record.
    private func recorded(_ multiples: OctetMultiples) -> OctetMultiples {
        multiples.moved(by: missing.count)
    }

    /// Makes the missing symbols `wanted`, of T octets; the equations must suffice.
    ///
    /// - Parameter fill: writes the octets of the symbol that is `index` in the order of arrival.
    func recover(
        _ wanted: [UInt32], _ ids: [UInt32], symbolSize: Int, portable: Bool,
        fill: (_ index: Int, UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> RecoveredSymbols {
        let firstInput = parameters.intermediateSymbols
        let store = try workspace.store(
            .symbols, count: firstInput + inputs.count, symbolSize: symbolSize, portable: portable)
        store.clear(schedule.slot(UInt32(parameters.sourceSymbols))..<schedule.sourceSlots.upperBound)
        for id in missing { store.clear(schedule.slot(id)..<schedule.slot(id) + 1) }
        var input = 0
        for (index, id) in ids.enumerated() {
            let slot: Int
            if input < inputs.count, inputs[input] == index {
                slot = firstInput + input
                input += 1
            } else if id < parameters.sourceSymbols {
                slot = schedule.slot(id)
            } else {
                continue
            }
            try store.withSlot(slot) { octets in try fill(index, octets) }
        }
        let sums = schedule.sums(
            inputs.map { parameters.internalSymbolID(ids[$0]) }, from: firstInput, initial: .target)
        let tables = try workspace.tables(size: max(schedule.solution.tableSize, sums.tableSize))
        schedule.solution.solve(store, tables: tables)
        sums.run(store, tables: tables)
        let target = try SymbolStore(count: wanted.count, symbolSize: symbolSize, portable: portable)
        for product in products(wanted, firstInput: firstInput) { target.run(product, from: store) }
        return RecoveredSymbols(wanted, target)
    }

    /// Missing symbols from what is in the slots of the inputs, as many at once as may be.
    private func products(_ wanted: [UInt32], firstInput: Int) -> [OctetProduct] {
        let slots = inputs.indices.map { UInt32(firstInput + $0) }
        let isWanted = Set(wanted)
        // In the order of `wanted`: `missing` rises too.
        let records = pivots.indices.filter { isWanted.contains(missing[pivots[$0]]) }
            .sorted { pivots[$0] < pivots[$1] }.map { equation in
                equations.withSymbol(record(equation)) { Array($0) }
            }
        return stride(from: 0, to: records.count, by: OctetProduct.mostOutputs).map { first in
            let group = records[first..<min(first + OctetProduct.mostOutputs, records.count)]
            return OctetProduct(
                inputs: slots, factors: slots.indices.flatMap { input in group.map { $0[input] } },
                outputs: group.indices.map { UInt32($0) })
        }
    }
}
