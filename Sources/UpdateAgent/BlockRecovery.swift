import CLinux
import LinuxSystem
import RaptorQ
import UpdateTrust

/// Makes the missing source symbols of blocks, one block after the other, on a thread of its own.
enum BlockRecovery {
    /// A block and what is there of it.
    struct Task: Sendable {
        let block: Int
        let sources: [UInt32]
        /// ESIs, and where each is in the journal.
        let repairs: [UInt32]
        let places: [UInt64]
        /// The leaves of the missing source symbols, by rising ESI; nil if they are not all known.
        let leaves: [SymbolHash]?
    }

    enum Result: Sendable {
        case needsMore(block: Int)
        /// What is missing is about to be made.
        case decodable(block: Int)
        /// These source symbols were made and written to the file. `isProven`: they are what was signed.
        case recovered(block: Int, [UInt32], isProven: Bool)
        /// What was made is not what was signed: something here has changed what was verified.
        case wrong(block: Int)
        case failed(UpdateFailure)
    }

    static func worker(
        _ object: UpdateID, _ layout: ObjectLayout, file: SharedFile, journal: SharedFile,
        report: @escaping @Sendable (Result) -> Void
    ) throws(SystemError) -> Worker<Task> {
        // Each block takes some megabytes for a moment, which the heap would keep.
        lc_return_large_memory()
        return try Worker { queue in
            var hasher = SymbolHasher(object: object)
            let reader = SymbolReader(file, layout)
            let workspace = DecodingWorkspace()
            do {
                // Blocks lack something all at once, and the last moment counts: what can be done before is done now.
                for block in Set([0, layout.blockCount - 1]) {
                    try workspace.prepare(sourceSymbols: layout.sourceSymbols(block))
                }
                while let task = queue.next() {
                    report(
                        try recover(
                            task, layout, file: file, from: reader, journal: journal, workspace, &hasher, report))
                }
            } catch {
                let failure = (error as? SystemError).map { UpdateFailure($0) }
                report(.failed(failure ?? UpdateFailure(.failed, "decode: \(error)")))
            }
        }
    }

    private static func recover(
        _ task: Task, _ layout: ObjectLayout, file: SharedFile, from reader: SymbolReader, journal: SharedFile,
        _ workspace: DecodingWorkspace,
        _ hasher: inout SymbolHasher, _ report: @escaping (Result) -> Void
    ) throws -> Result {
        let decoder = try BlockDecoder(
            sourceSymbols: layout.sourceSymbols(task.block), symbolSize: layout.symbolSize, workspace: workspace)
        let places = Dictionary(zip(task.repairs, task.places), uniquingKeysWith: { first, _ in first })
        for id in task.sources { try decoder.note(id) }
        for id in task.repairs { try decoder.note(id) }
        reader.begin(block: task.block)
        var isDecodable = false
        let isRecovered = try decoder.decode { id, octets in
            // It reads once it knows that the symbols suffice.
            if !isDecodable { report(.decodable(block: task.block)) }
            isDecodable = true
            if let place = places[id] { return try journal.readAll(into: octets, at: place) }
            try reader.read(Int(id), into: octets)
        }
        guard isRecovered else { return .needsMore(block: task.block) }
        var made: [UInt32] = []
        var isRight = true
        try decoder.forEachRecovered { id, octets in
            if let leaves = task.leaves {
                isRight =
                    isRight && made.count < leaves.count
                    && hasher.leaf(block: task.block, esi: Int(id), symbol: octets.bytes) == leaves[made.count]
                guard isRight else { return }
            }
            let extent = layout.extent(block: task.block, esi: Int(id))
            try file.write(octets.bytes.extracting(first: extent.length), at: extent.offset)
            made.append(id)
        }
        guard isRight else { return .wrong(block: task.block) }
        return .recovered(block: task.block, made, isProven: task.leaves != nil)
    }
}
