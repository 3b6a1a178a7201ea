import CLinux
import LinuxSystem
import RaptorQ
import UpdateTrust

/// Makes the missing source symbols of blocks, on a thread of its own.
///
/// Whether the symbols suffice takes little time to find out, and the sooner it is known the sooner the group can be left: so
/// this is done first for all blocks that wait, up to a few (each needs some memory), before any is made.
enum BlockRecovery {
    /// A block and what is there of it.
    struct Task: Sendable {
        let block: Int
        let sources: [UInt32]
        /// ESIs, and where each is in the journal.
        let repairs: [UInt32]
        let places: [UInt64]
    }

    enum Result: Sendable {
        case needsMore(block: Int)
        /// What is missing is about to be made.
        case decodable(block: Int)
        /// These source symbols were made and written to the file.
        case recovered(block: Int, [UInt32])
        case failed(UpdateFailure)
    }

    private static let waitingLimit = 4

    static func worker(
        _ layout: ObjectLayout, file: SharedFile, journal: SharedFile, report: @escaping @Sendable (Result) -> Void
    ) throws(SystemError) -> Worker<Task> {
        // Each block takes some megabytes for a moment, which the heap would keep.
        lc_return_large_memory()
        return try Worker { queue in
            var waiting: [Attempt] = []
            do {
                while true {
                    if waiting.count < waitingLimit, let task = queue.poll() {
                        waiting.append(try Attempt(task, layout, file, journal))
                    } else if waiting.isEmpty {
                        guard let task = queue.next() else { return }
                        waiting.append(try Attempt(task, layout, file, journal))
                    } else {
                        if queue.isClosed { return }
                        // The file is hashed from its beginning.
                        guard let first = waiting.indices.min(by: { waiting[$0].block < waiting[$1].block }) else {
                            continue
                        }
                        let attempt = waiting.remove(at: first)
                        report(.recovered(block: attempt.block, try attempt.recover()))
                        continue
                    }
                    if let attempt = waiting.last {
                        let isDecodable = try attempt.check()
                        report(isDecodable ? .decodable(block: attempt.block) : .needsMore(block: attempt.block))
                        if !isDecodable { waiting.removeLast() }
                    }
                }
            } catch {
                report(.failed(error as? UpdateFailure ?? UpdateFailure(.failed, "decode: \(error)")))
            }
        }
    }

    /// One block on its way.
    private final class Attempt {
        private struct Postponed: Error {}

        private let task: Task
        private let layout: ObjectLayout
        private let file: SharedFile
        private let journal: SharedFile
        private let decoder: BlockDecoder
        private let places: [UInt32: UInt64]
        var block: Int { task.block }

        init(_ task: Task, _ layout: ObjectLayout, _ file: SharedFile, _ journal: SharedFile) throws {
            self.task = task
            self.layout = layout
            self.file = file
            self.journal = journal
            decoder = try BlockDecoder(sourceSymbols: layout.sourceSymbols(task.block), symbolSize: layout.symbolSize)
            places = Dictionary(zip(task.repairs, task.places), uniquingKeysWith: { first, _ in first })
            for id in task.sources { try decoder.note(id) }
            for id in task.repairs { try decoder.note(id) }
        }

        /// Whether the symbols suffice; none of them is read.
        func check() throws -> Bool {
            do { return try decoder.decode { _, _ in throw Postponed() } } catch is Postponed { return true }
        }

        /// The source symbols that were missing, which are in the file now.
        func recover() throws -> [UInt32] {
            do {
                guard try decoder.decode(reading: { id, octets in try self.read(id, into: octets) }) else {
                    throw UpdateFailure(.failed, "block \(block) could be decoded and then could not")
                }
                var made: [UInt32] = []
                try decoder.forEachRecovered { id, octets in
                    let extent = layout.extent(block: block, esi: Int(id))
                    try file.write(octets.bytes.extracting(first: extent.length), at: extent.offset)
                    made.append(id)
                }
                return made
            } catch let error as SystemError {
                throw UpdateFailure(error)
            }
        }

        private func read(_ id: UInt32, into octets: UnsafeMutableRawBufferPointer) throws {
            if let place = places[id] { return try journal.readAll(into: octets, at: place) }
            let (offset, length) = layout.extent(block: block, esi: Int(id))
            try file.readAll(into: UnsafeMutableRawBufferPointer(rebasing: octets[..<length]), at: offset)
            for index in length..<octets.count { octets[index] = 0 }
        }
    }
}
