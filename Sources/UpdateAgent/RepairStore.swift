import Synchronization
import UpdateTransport
import UpdateTrust

/// Repair symbols that have been encoded ahead, within a bound; shared by the thread that sends and the one that encodes.
///
/// If all of an object's repair symbols fit, each block is encoded once and kept. If not, each block has two chunks, of as
/// many symbols as fit for all blocks alike; while one is being sent the next is made, at the cost of encoding the
/// block again. So blocks take turns symbol by symbol at any size: encoding some blocks in full after the others would make
/// receivers that miss a little of every block wait for the last of them.
///
/// The repair symbols of a block are numbered across laps: number n is symbol n mod K.
final class RepairStore: Sendable {
    /// What the encoder is to make.
    struct Job: Equatable {
        var block: Int
        /// Numbers of symbols, one chunk or two.
        var symbols: Range<Int>
    }

    private struct State: Sendable {
        var blocks: [RepairBlock]
        var failure: UpdateFailure?
    }

    private let layout: ObjectLayout
    /// Symbols of a chunk; of a block, if all fit.
    private let chunkSymbols: Int
    /// Whether all fit.
    let holdsAll: Bool
    private let state: Mutex<State>

    /// Symbols of a chunk, at least: less would be encoding with hardly any sending.
    static let leastChunk = 8

    /// - Parameter maximumOctets: of symbols; if that is too little for the smallest chunks, it is exceeded.
    init(_ layout: ObjectLayout, maximumOctets: Int) {
        self.layout = layout
        let symbols = max(maximumOctets, 0) / layout.symbolSize
        holdsAll = symbols >= layout.symbolCount
        let share = symbols / layout.blockCount / 2
        chunkSymbols = holdsAll ? layout.sourceSymbols(0) : max(share, Self.leastChunk)
        state = Mutex(State(blocks: Array(repeating: RepairBlock(), count: layout.blockCount)))
    }

    // MARK: sending

    /// Says which repair symbol of a block will be sent next, 0 ..< K, when that is not the one after the last.
    func seek(_ block: Int, to symbol: Int) {
        state.withLock { _ = $0.blocks[block].advance(to: symbol, of: layout.sourceSymbols(block)) }
    }

    /// What became of a symbol that was asked for.
    enum Outcome {
        case written
        /// It is the first one of a chunk, and the one before is gone: there is work for the encoder.
        case writtenMakingRoom
        /// It is not there yet, and is to be asked for again.
        case missing
    }

    /// Writes a repair symbol, 0 ..< K, at `offset`, and makes it the next one of its block.
    ///
    /// - Throws: why there will be none.
    func write(
        block: Int, symbol: Int, into octets: inout MutableRawSpan, at offset: Int
    ) throws(UpdateFailure) -> Outcome {
        let count = layout.sourceSymbols(block)
        // Only a reference is taken while the encoder may have to wait.
        let (found, madeRoom, failure) = state.withLock { state in
            let madeRoom = state.blocks[block].advance(to: symbol, of: count)
            return (state.blocks[block].current(of: count), madeRoom, state.failure)
        }
        guard let (chunk, index) = found else {
            if let failure { throw failure }
            return .missing
        }
        octets.copy(chunk.octets, from: index * layout.symbolSize, count: layout.symbolSize, to: offset)
        return madeRoom ? .writtenMakingRoom : .written
    }

    // MARK: encoding

    /// What is needed first; nil for nothing now.
    func nextJob() -> Job? {
        state.withLock { state in
            guard state.failure == nil else { return nil }
            var found: (job: Job, lead: Int)?
            for (index, block) in state.blocks.enumerated() where !block.isComplete {
                let count = layout.sourceSymbols(index)
                let free = (holdsAll ? 1 : 2) - block.chunks.count
                guard free > 0 else { continue }
                let start = max(block.chunks.last?.symbols.upperBound ?? 0, block.next)
                let lead = start - block.next
                if let found, found.lead <= lead { continue }
                let length = holdsAll ? count : min(chunkSymbols, count) * free
                found = (Job(block: index, symbols: start..<start + length), lead)
            }
            return found?.job
        }
    }

    /// Takes the chunks of a job; those that nobody needs any more are dropped.
    func put(_ chunks: [RepairChunk], block: Int) {
        state.withLock { state in
            for chunk in chunks where chunk.symbols.upperBound > state.blocks[block].next || holdsAll {
                state.blocks[block].chunks.append(chunk)
            }
            if holdsAll { state.blocks[block].isComplete = true }
        }
    }

    /// The encoder cannot go on.
    func fail(_ failure: UpdateFailure) { state.withLock { $0.failure = failure } }

    /// How a job's symbols are divided.
    func chunks(_ job: Job) -> [Range<Int>] {
        let length = holdsAll ? job.symbols.count : min(chunkSymbols, layout.sourceSymbols(job.block))
        return stride(from: job.symbols.lowerBound, to: job.symbols.upperBound, by: length).map { $0..<$0 + length }
    }

    /// Octets of symbols held.
    var octets: Int { state.withLock { $0.blocks.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.octets.count } } } }
}
