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
    /// Equations before they are taken, an octet for each missing symbol.
    private let candidates: SymbolStore
    /// Equations, reduced; behind an octet for each missing symbol one for each input, of which this is the sum.
    private let equations: SymbolStore

    /// How many may be missing: beyond this a matrix of all symbols takes less time, as was measured for K from 100 to 30,000
    /// and symbols of 1,432 octets. Time rises with the square of this, that of the matrix with K.
    static func limit(_ parameters: BlockParameters) -> Int {
        var limit = 1
        while limit < parameters.sourceSymbols, (limit + 1) * (limit + 1) <= 12 * parameters.sourceSymbols {
            limit += 1
        }
        return limit
    }

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
        let count = missing.count
        candidates = try SymbolStore(count: max(repairs.count, 1), symbolSize: count, portable: portable)
        equations = try SymbolStore(count: count, symbolSize: 2 * count, portable: portable)
        let columns = try workspace.store(
            .coefficients, count: parameters.intermediateSymbols, symbolSize: count, portable: portable)
        columns.clear(schedule.sourceSlots)
        for (index, id) in missing.enumerated() { columns.withSlot(schedule.slot(id)) { $0[index] = 1 } }
        let sums = schedule.sums(repairs.map { parameters.internalSymbolID(ids[$0]) }, from: 0, initial: .zero)
        let tables = try workspace.tables(size: max(schedule.solution.tableSize, sums.tableSize))
        schedule.solution.solve(columns, tables: tables)
        sums.run(candidates, from: columns, tables: tables)
        self.columns = columns
        for (index, repair) in repairs.enumerated() where !take(index, of: repair) { unused.append(repair) }
    }

    /// Whether the equations give all missing symbols.
    var isSolved: Bool { inputs.count == missing.count }

    /// Takes one more symbol, the one that is `index` in order of arrival. False if it says nothing new.
    func insert(_ id: UInt32, index: Int) throws(RaptorQError) -> Bool {
        guard let columns else { return false }
        let sums = schedule.sums([parameters.internalSymbolID(id)], from: 0, initial: .zero)
        sums.run(candidates, from: columns, tables: try workspace.tables(size: sums.tableSize))
        return take(0, of: index)
    }

    /// Takes a candidate, if it says anything, reduces it, and the others by it.
    private func take(_ candidate: Int, of index: Int) -> Bool {
        let new = inputs.count
        guard new < missing.count else { return false }
        equations.clear(new..<new + 1)
        var reduction = OctetMultiples()
        candidates.withSymbol(candidate) { octets in
            equations.withSlot(new) { equation in
                equation.copyMemory(from: octets)
                equation[missing.count + new] = 1
            }
            for (equation, pivot) in pivots.enumerated() where octets[pivot] != 0 {
                reduction.add(equation, times: octets[pivot], to: new)
            }
        }
        equations.run(reduction)
        let pivot = equations.withSymbol(new) { octets in octets.prefix(missing.count).firstIndex { $0 != 0 } }
        guard let pivot else { return false }
        var elimination = OctetMultiples()
        // x + (c + 1) · x = c · x
        elimination.add(new, times: GaloisField.inverse(factor(new, pivot)) ^ 1, to: new)
        for equation in 0..<new where factor(equation, pivot) != 0 {
            elimination.add(new, times: factor(equation, pivot), to: equation)
        }
        equations.run(elimination)
        inputs.append(index)
        pivots.append(pivot)
        if isSolved { columns = nil }
        return true
    }

    private func factor(_ equation: Int, _ column: Int) -> UInt8 {
        equations.withSymbol(equation) { $0[column] }
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
        // In the order of `wanted`, which rises as `missing` does.
        let sources = pivots.indices.filter { isWanted.contains(missing[pivots[$0]]) }
            .sorted { pivots[$0] < pivots[$1] }
        return stride(from: 0, to: sources.count, by: OctetProduct.mostOutputs).map { first in
            let outputs = first..<min(first + OctetProduct.mostOutputs, sources.count)
            let factors = inputs.indices.flatMap { input in
                outputs.map { factor(sources[$0], missing.count + input) }
            }
            return OctetProduct(inputs: slots, factors: factors, outputs: outputs.map { UInt32($0) })
        }
    }
}
