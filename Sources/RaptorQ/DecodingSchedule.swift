/// How to solve for the intermediate symbols of any block with the same K' whose source symbols are all in their slots, and
/// what else is needed to sum some of the encoding symbols: solved once, as an encoder's schedule is.
final class DecodingSchedule {
    /// The numbers for a block of K' symbols.
    let parameters: BlockParameters
    /// Source symbols are in their slots and become intermediate symbols there.
    let solution: SolutionSchedule
    private let places: [Int32]
    private let parts: BitMatrix
    private let columns: SymbolColumns

    init(sourceSymbols: Int) throws(RaptorQError) {
        let systematic = try SystematicSystem(sourceSymbols: sourceSymbols)
        parameters = systematic.parameters
        let ldpc = parameters.ldpcSymbols
        solution = systematic.schedule { $0 < ldpc ? .zero : .target }
        places = systematic.system.peeling.places
        parts = systematic.system.parts
        columns = SymbolColumns(parameters)
    }

    /// Where a source or padding symbol is put.
    func slot(_ internalID: UInt32) -> Int { parameters.ldpcSymbols + Int(internalID) }

    /// The slots of all source and padding symbols.
    var sourceSlots: Range<Int> {
        parameters.ldpcSymbols..<parameters.ldpcSymbols + parameters.extendedSymbols
    }

    /// How to sum the encoding symbols with these internal symbol ids, into slots from `target` on.
    func sums(_ ids: some Sequence<UInt32>, from target: Int, initial: RowSums.Initial) -> SymbolSums {
        SymbolSums(ids, solution, places: places, parts: parts, columns, from: target, initial: initial)
    }
}
