/// What decoders of several blocks can share: what was found out about blocks of the same K', and memory.
///
/// With it, blocks that lack few symbols take a third to two thirds of the time, and the system need not clear memory for
/// each. It grows with the largest block: to (L + e) · T octets, e being 16 or √(12 K), whichever is more, and to L · (e + 64)
/// when few are missing. It keeps schedules, some tens of octets per symbol and L · I / 8 for a matrix (I as for a decoder),
/// for two sizes: an object has blocks of at most two. All of this is given back with it.
///
/// A workspace and the decoders that use it belong to one thread at a time.
public final class DecodingWorkspace {
    /// The one used last is the last one.
    private var schedules: [DecodingSchedule] = []
    private var pieces: [SymbolMemory?] = [nil, nil, nil]
    private static let scheduleLimit = 2

    /// What memory is for: one decoder at a time has each, others at that time have their own.
    enum Use: Int {
        case symbols, coefficients, tables
    }

    /// Holds nothing yet.
    public init() {}

    /// Finds out now what blocks of K source symbols will need; otherwise the first one of them has to wait for it.
    public func prepare(sourceSymbols: Int) throws(RaptorQError) {
        _ = try schedule(BlockParameters(sourceSymbols: sourceSymbols))
    }

    /// The schedule for blocks of this many source symbols, made if it is not kept.
    func schedule(_ parameters: BlockParameters) throws(RaptorQError) -> DecodingSchedule {
        let extended = parameters.extendedSymbols
        if let index = schedules.firstIndex(where: { $0.parameters.extendedSymbols == extended }) {
            schedules.append(schedules.remove(at: index))
        } else {
            let new = try DecodingSchedule(sourceSymbols: extended)
            if schedules.count >= Self.scheduleLimit { schedules.removeFirst() }
            schedules.append(new)
        }
        return schedules[schedules.count - 1]
    }

    /// Memory of this size or more, which holds anything: it is free again when nobody else refers to it.
    func memory(_ use: Use, _ size: Int) throws(RaptorQError) -> SymbolMemory {
        if isKnownUniquelyReferenced(&pieces[use.rawValue]), let piece = pieces[use.rawValue], piece.size >= size {
            return piece
        }
        pieces[use.rawValue] = nil
        let new = try SymbolMemory(size: size, isFull: use == .symbols)
        pieces[use.rawValue] = new
        return new
    }

    /// Slots whose memory is used again.
    func store(_ use: Use, count: Int, symbolSize: Int, portable: Bool) throws(RaptorQError) -> SymbolStore {
        let size = SymbolStore.size(count: count, symbolSize: symbolSize)
        return SymbolStore(
            count: count, symbolSize: symbolSize, portable: portable, memory: try memory(use, size))
    }

    func tables(size: Int) throws(RaptorQError) -> ProductTables {
        ProductTables(memory: try memory(.tables, size))
    }
}
