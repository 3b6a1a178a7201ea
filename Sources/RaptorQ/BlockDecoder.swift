/// Recovers one source block from any of its encoding symbols (RFC 6330 §5.4).
///
/// Symbols come in any order, `decode` is called when `isReady`. It first finds out whether the symbols suffice, without
/// touching them; if not, each further symbol costs little. Only the source symbols that did not come are computed.
///
/// Symbols are kept here, or elsewhere until decoding (`note`): source symbols that are in their file already need not be
/// here at all if no one is missing. Memory is at most (L + 16 + recovered) · T octets, and for the matrix
/// about L · (80 + I / 8), I being the inactive columns, which are P and some hundredths of K.
///
/// Decoders of several blocks can share a `DecodingWorkspace`: then much less is to be done if few symbols are missing, and
/// memory is used again. Symbols that were added are copied from here to there while decoding; noted ones are read there.
public final class BlockDecoder {
    public let parameters: BlockParameters
    /// T, octets.
    public let symbolSize: Int

    /// What became of a symbol.
    public enum Reception: Equatable, Sendable {
        case taken
        /// Came before.
        case duplicate
        /// Not needed, or says nothing that is not known: neither kept nor remembered.
        case redundant
    }

    private var symbols: ReceivedSymbols
    private var store: SymbolStore?
    private var attempt: DecodingAttempt?
    /// The attempt if few symbols are missing.
    private var missingSystem: MissingSystem?
    /// How many symbols there were when too many columns became inactive.
    private var triedWith = 0
    private var recovered: RecoveredSymbols?
    private let workspace: DecodingWorkspace?
    private let portable: Bool

    /// Symbols taken beyond K: as many as there can be HDPC rows. Then there is a slot for every symbol that may be needed:
    /// rows in use are at most L − H, of those received before an attempt the others give their slots back.
    private static let spare = 16

    /// - Parameters:
    ///   - sourceSymbols: K.
    ///   - symbolSize: T, octets.
    ///   - workspace: shared with decoders of other blocks on the same thread.
    ///   - portable: without instructions that not every processor has.
    public init(
        sourceSymbols: Int, symbolSize: Int, workspace: DecodingWorkspace? = nil, portable: Bool = false
    ) throws(RaptorQError) {
        guard 1...65_535 ~= symbolSize else { throw .symbolSize(symbolSize, alignment: 1) }
        parameters = try BlockParameters(sourceSymbols: sourceSymbols)
        self.symbolSize = symbolSize
        self.workspace = workspace
        self.portable = portable
        symbols = ReceivedSymbols(sourceSymbols: sourceSymbols, capacity: sourceSymbols + Self.spare)
    }

    /// Different symbols taken so far.
    public var received: Int { symbols.count }

    /// All source symbols are here, received or recovered.
    public var isComplete: Bool { recovered != nil || symbols.sourceCount == parameters.sourceSymbols }

    /// Whether `decode` may succeed: there are K symbols, and more of use than at the last attempt.
    public var isReady: Bool {
        if isComplete { return false }
        if let missingSystem { return missingSystem.isSolved }
        if let attempt { return attempt.isPromising }
        return symbols.count >= parameters.sourceSymbols && symbols.count > triedWith
    }

    /// Takes a symbol and copies its T octets.
    @discardableResult
    public func add(_ id: UInt32, _ symbol: UnsafeRawBufferPointer) throws(RaptorQError) -> Reception {
        guard symbol.count == symbolSize else { throw .length(symbol.count, needed: symbolSize) }
        guard id < BlockParameters.encodingSymbolIDs else { throw .encodingSymbolID(id) }
        let reception = try judge(id)
        guard reception == .taken else { return reception }
        let store = try makeStore(isFull: false)
        store.put(symbol, slot: symbols.append(id, isStored: true))
        return .taken
    }

    /// Takes note of a symbol that `decode` can read elsewhere.
    @discardableResult
    public func note(_ id: UInt32) throws(RaptorQError) -> Reception {
        guard id < BlockParameters.encodingSymbolIDs else { throw .encodingSymbolID(id) }
        let reception = try judge(id)
        if reception == .taken { _ = symbols.append(id, isStored: false) }
        return reception
    }

    /// Recovers what is missing, if the symbols suffice.
    ///
    /// - Parameter read: writes the octets of a noted symbol. Asked for each that is needed, in the order in which they were
    ///   noted, once it is known that all suffices. What it throws ends the attempt, which can be repeated.
    /// - Returns: whether the block is complete; otherwise more symbols are needed.
    public func decode(reading read: ((UInt32, UnsafeMutableRawBufferPointer) throws -> Void)? = nil) throws -> Bool {
        if isComplete { return true }
        guard symbols.count >= parameters.sourceSymbols else { return false }
        if attempt == nil, missingSystem == nil { try start() }
        if let missingSystem {
            guard missingSystem.isSolved else { return false }
            recovered = try missingSystem.recover(
                symbols.missing, symbols.ids, symbolSize: symbolSize, portable: portable
            ) { index, octets in try fill(index, octets, read) }
        } else {
            guard let closure = attempt?.closure(), let attempt else { return false }
            recovered = try solve(attempt, closure, read)
        }
        attempt = nil
        missingSystem = nil
        store = nil
        return true
    }

    /// Begins an attempt, if there are more symbols than at the last one.
    private func start() throws(RaptorQError) {
        guard symbols.count > triedWith else { return }
        let missing = parameters.sourceSymbols - symbols.sourceCount
        if let workspace, missing <= MissingSystem.limit(parameters) {
            let system = try MissingSystem(
                parameters, missing: symbols.missing, symbols.ids, workspace, portable: portable)
            symbols.release(system.unused)
            missingSystem = system
        } else {
            triedWith = symbols.count
            attempt = DecodingAttempt(parameters, symbols.ids)
            if let attempt { symbols.release(attempt.unused) }
        }
    }

    /// Solves for all symbols, where they are stored; those elsewhere are read.
    private func solve(
        _ attempt: DecodingAttempt, _ closure: HDPCClosure,
        _ read: ((UInt32, UnsafeMutableRawBufferPointer) throws -> Void)?
    ) throws -> RecoveredSymbols {
        let isBorrowed = store == nil && workspace != nil
        let store = try makeStore(isFull: true)
        do {
            for index in attempt.used where !symbols.isStored[index] {
                try store.withSlot(Int(symbols.slots[index])) { octets in try fill(index, octets, read) }
                symbols.markStored(index)
            }
        } catch {
            // The memory is for others until the attempt is repeated.
            if isBorrowed {
                self.store = nil
                symbols.markNoneStored()
            }
            throw error
        }
        let schedule = attempt.schedule(closure, slots: symbols.slots, firstFree: symbols.capacity)
        return try RecoveredSymbols(
            symbols.missing, store, schedule, attempt.system, parameters, portable: portable
        ) { size throws(RaptorQError) in
            if let workspace { try workspace.tables(size: size) } else { try ProductTables(size: size) }
        }
    }

    /// Writes the octets of a symbol, by its order of arrival, which are here or elsewhere.
    private func fill(
        _ index: Int, _ octets: UnsafeMutableRawBufferPointer,
        _ read: ((UInt32, UnsafeMutableRawBufferPointer) throws -> Void)?
    ) throws {
        let id = symbols.ids[index]
        if symbols.isStored[index], let store {
            store.withSymbol(Int(symbols.slots[index])) { octets.copyMemory(from: $0) }
        } else if let read {
            try read(id, octets)
        } else {
            throw RaptorQError.symbolElsewhere(id)
        }
    }

    /// Hands out the source symbols that did not come, in rising order of their ESIs, T octets each; none before the block is
    /// complete.
    public func forEachRecovered(_ body: (UInt32, UnsafeRawBufferPointer) throws -> Void) throws {
        try recovered?.forEach(body)
    }

    /// Whether a symbol is wanted; a matrix takes up its row.
    private func judge(_ id: UInt32) throws(RaptorQError) -> Reception {
        if symbols.contains(id) { return .duplicate }
        if isComplete || symbols.isFull { return .redundant }
        if let missingSystem, try !missingSystem.insert(id, index: symbols.count) { return .redundant }
        if attempt != nil, attempt?.insert(id) != true { return .redundant }
        return .taken
    }

    /// Slots for received symbols, then for LDPC rows and padding, then for HDPC rows.
    private func makeStore(isFull: Bool) throws(RaptorQError) -> SymbolStore {
        if let store { return store }
        let count = symbols.capacity + DecodingAttempt.fixedRows(parameters) + parameters.hdpcSymbols
        let new =
            if isFull, let workspace {
                try workspace.store(.symbols, count: count, symbolSize: symbolSize, portable: portable)
            } else {
                try SymbolStore(count: count, symbolSize: symbolSize, portable: portable, isFull: isFull)
            }
        store = new
        return new
    }
}
