/// The matrix of the symbols that have come: what can be said before any symbol is touched.
struct DecodingAttempt {
    private let parameters: BlockParameters
    private(set) var rows: ConstraintRows
    private(set) var system: InactiveSystem
    let hdpcRows: HDPCRows
    /// Whether the rows may suffice: unknown, or known to.
    private(set) var isPromising = true

    /// Rows before those of received symbols: LDPC rows, then the padding symbols.
    static func fixedRows(_ parameters: BlockParameters) -> Int {
        parameters.ldpcSymbols + parameters.extendedSymbols - parameters.sourceSymbols
    }

    /// Nil if too many columns become inactive.
    init?(_ parameters: BlockParameters, _ ids: [UInt32]) {
        var rows = ConstraintRows(parameters, capacity: parameters.intermediateSymbols + ids.count)
        for id in UInt32(parameters.sourceSymbols)..<UInt32(parameters.extendedSymbols) {
            rows.append(internalSymbolID: id)
        }
        for id in ids { rows.append(internalSymbolID: parameters.internalSymbolID(id)) }
        guard let peeling = Peeling(rows, parameters, limit: Self.inactiveLimit(parameters)) else { return nil }
        self.parameters = parameters
        self.rows = rows
        system = InactiveSystem(peeling, rows)
        hdpcRows = HDPCRows(parameters)
    }

    /// Takes one more symbol. False if it says nothing new.
    mutating func insert(_ id: UInt32) -> Bool {
        rows.append(internalSymbolID: parameters.internalSymbolID(id))
        guard system.insert(rows.count - 1, rows) else {
            rows.removeLast()
            return false
        }
        isPromising = true
        return true
    }

    /// How the HDPC rows close what is open; nil if more symbols are needed.
    mutating func closure() -> HDPCClosure? {
        let closure = system.closure(hdpcRows)
        isPromising = closure != nil
        return closure
    }

    /// Symbols received whose rows are used, by their order of arrival, rising.
    var used: [Int] {
        let fixed = Self.fixedRows(parameters)
        var isUsed = [Bool](repeating: false, count: rows.count)
        for row in system.peeling.pivotRows { isUsed[Int(row)] = true }
        for row in system.inputs { isUsed[Int(row)] = true }
        return (fixed..<rows.count).filter { isUsed[$0] }.map { $0 - fixed }
    }

    /// Symbols received whose rows are not used.
    var unused: [Int] {
        let fixed = Self.fixedRows(parameters)
        let used = Set(system.inputs)
        return system.peeling.spareRows.lazy.filter { Int($0) >= fixed && !used.contains($0) }.map { Int($0) - fixed }
    }

    /// What to do with the symbols, which are in `slots` by order of arrival; slots from `firstFree` on hold nothing.
    func schedule(_ closure: HDPCClosure, slots: [UInt32], firstFree: Int) -> SolutionSchedule {
        let fixed = Self.fixedRows(parameters)
        let hdpc = UInt32(firstFree + fixed)
        return SolutionSchedule(
            system, closure, rows, hdpcRows, hdpcSlots: (hdpc..<hdpc + UInt32(hdpcRows.count)).map { $0 },
            slot: { $0 < fixed ? UInt32(firstFree + $0) : slots[$0 - fixed] },
            initial: { $0 < fixed ? .zero : .target })
    }

    /// Random symbols leave 1.2 to 1.8 times P, in blocks of a few symbols a few more. Symbols chosen by an enemy could leave
    /// almost all, and the dense part would take K² bits.
    private static func inactiveLimit(_ parameters: BlockParameters) -> Int { 4 * parameters.piSymbols + 128 }
}
