/// How to encode any source block with the same K': solved once, used for all of them.
///
/// Takes about 40 octets for each symbol, and 16 KiB to some MiB besides for the dense part.
public final class EncodingSchedule: Sendable {
    /// The numbers for a block of K' symbols.
    let parameters: BlockParameters
    let solution: SolutionSchedule

    /// The schedule for blocks of this many source symbols, and all others with the same K'.
    public init(sourceSymbols: Int) throws(RaptorQError) {
        let extended = try BlockParameters(sourceSymbols: sourceSymbols).extendedSymbols
        parameters = try BlockParameters(sourceSymbols: extended)
        let ldpc = parameters.ldpcSymbols
        var rows = ConstraintRows(parameters, capacity: ldpc + extended)
        for id in 0..<UInt32(extended) { rows.append(internalSymbolID: id) }
        let hdpcRows = HDPCRows(parameters)
        // Systematic indices are chosen so that this has a solution (§5.6); a test solves all 477.
        guard let peeling = Peeling(rows, parameters, limit: .max) else { throw .sourceSymbolCount(sourceSymbols) }
        var system = InactiveSystem(peeling, rows)
        guard let closure = system.closure(hdpcRows) else { throw .sourceSymbolCount(sourceSymbols) }
        solution = SolutionSchedule(
            system, closure, rows, hdpcRows,
            hdpcSlots: (UInt32(ldpc + extended)..<UInt32(parameters.intermediateSymbols)).map { $0 },
            slot: { UInt32($0) }, initial: { $0 < ldpc ? .zero : .external($0 - ldpc) })
    }

    /// K' of these blocks.
    public var extendedSymbols: Int { parameters.extendedSymbols }
}
