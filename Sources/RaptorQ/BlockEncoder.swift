/// The encoding symbols of one source block (RFC 6330 §5.3).
///
/// Holds the intermediate symbols, L · T octets: a few per cent more than the block. Nothing changes after `init`.
public final class BlockEncoder {
    public let parameters: BlockParameters
    /// T, octets.
    public let symbolSize: Int
    private let intermediate: IntermediateSymbols

    /// Solves for the intermediate symbols.
    ///
    /// - Parameters:
    ///   - source: the K source symbols one after the other, K · T octets; only read, and not kept.
    ///   - schedule: of any block with the same K'.
    public init(
        _ source: UnsafeRawBufferPointer, symbolSize: Int, schedule: EncodingSchedule, portable: Bool = false
    ) throws(RaptorQError) {
        guard 1...65_535 ~= symbolSize else { throw .symbolSize(symbolSize, alignment: 1) }
        guard source.count % symbolSize == 0 else {
            throw .length(source.count, needed: source.count / symbolSize * symbolSize)
        }
        parameters = try BlockParameters(sourceSymbols: source.count / symbolSize)
        guard parameters.extendedSymbols == schedule.extendedSymbols else {
            throw .sourceSymbolCount(parameters.sourceSymbols)
        }
        self.symbolSize = symbolSize
        let store = try SymbolStore(
            count: parameters.intermediateSymbols, symbolSize: symbolSize, portable: portable, isFull: true)
        intermediate = IntermediateSymbols(
            store: store, columnSlots: schedule.solution.columnSlots, columns: SymbolColumns(parameters))
        let tables = try ProductTables(size: schedule.solution.tableSize)
        schedule.solution.solve(store, external: source, tables: tables)
        schedule.solution.finish(store, external: source)
    }

    /// Writes an encoding symbol: a source symbol below K, a repair symbol from K on.
    ///
    /// - Parameters:
    ///   - id: the ESI, below 2²⁴.
    ///   - target: exactly T octets.
    public func write(_ id: UInt32, into target: UnsafeMutableRawBufferPointer) throws(RaptorQError) {
        guard id < BlockParameters.encodingSymbolIDs else { throw .encodingSymbolID(id) }
        guard target.count == symbolSize else { throw .length(target.count, needed: symbolSize) }
        intermediate.write(parameters.internalSymbolID(id), into: target)
    }

    /// Lets somebody read an encoding symbol, T octets.
    public func withSymbol(_ id: UInt32, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try withUnsafeTemporaryAllocation(byteCount: symbolSize, alignment: 64) { symbol in
            try write(id, into: symbol)
            try body(UnsafeRawBufferPointer(symbol))
        }
    }
}
