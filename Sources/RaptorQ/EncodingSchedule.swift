/// How to encode any source block with the same K': solved once, used for all of them.
///
/// Takes about 40 octets for each symbol, and 16 KiB to some MiB besides for the dense part.
public final class EncodingSchedule: Sendable {
    /// The numbers for a block of K' symbols.
    let parameters: BlockParameters
    let solution: SolutionSchedule

    /// The schedule for blocks of this many source symbols, and all others with the same K'.
    public init(sourceSymbols: Int) throws(RaptorQError) {
        let system = try SystematicSystem(sourceSymbols: sourceSymbols)
        parameters = system.parameters
        let ldpc = parameters.ldpcSymbols
        solution = system.schedule { $0 < ldpc ? .zero : .external($0 - ldpc) }
    }

    /// K' of these blocks.
    public var extendedSymbols: Int { parameters.extendedSymbols }
}
