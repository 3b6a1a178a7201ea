/// The equations of the intermediate symbols of an extended block, all of whose source symbols are known: the same for all
/// blocks with the same K' (RFC 6330 §5.3.3.4.2).
struct SystematicSystem {
    /// The numbers for a block of K' symbols.
    let parameters: BlockParameters
    let system: InactiveSystem
    private let closure: HDPCClosure
    private let rows: ConstraintRows
    private let hdpcRows: HDPCRows

    /// That of the blocks of this many source symbols, and all others with the same K'.
    init(sourceSymbols: Int) throws(RaptorQError) {
        let extended = try BlockParameters(sourceSymbols: sourceSymbols).extendedSymbols
        parameters = try BlockParameters(sourceSymbols: extended)
        var rows = ConstraintRows(parameters, capacity: parameters.ldpcSymbols + extended)
        for id in 0..<UInt32(extended) { rows.append(internalSymbolID: id) }
        hdpcRows = HDPCRows(parameters)
        // Systematic indices are chosen so that this has a solution (§5.6); a test solves all 477.
        guard let peeling = Peeling(rows, parameters, limit: .max) else { throw .sourceSymbolCount(sourceSymbols) }
        var system = InactiveSystem(peeling, rows)
        guard let closure = system.closure(hdpcRows) else { throw .sourceSymbolCount(sourceSymbols) }
        self.rows = rows
        self.system = system
        self.closure = closure
    }

    /// What to do in L slots: those of the LDPC rows, then those of the source symbols, then those of the HDPC rows.
    func schedule(initial: (Int) -> RowSums.Initial) -> SolutionSchedule {
        let sparse = UInt32(parameters.ldpcSymbols + parameters.extendedSymbols)
        return SolutionSchedule(
            system, closure, rows, hdpcRows,
            hdpcSlots: (sparse..<UInt32(parameters.intermediateSymbols)).map { $0 },
            slot: { UInt32($0) }, initial: initial)
    }
}
