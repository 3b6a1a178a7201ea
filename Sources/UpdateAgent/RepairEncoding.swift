import CLinux
import Glibc
import LinuxSystem
import RaptorQ
import Synchronization
import UpdateTransport
import UpdateTrust

/// Encodes repair symbols ahead of their time, on a thread of its own, so that sending never waits for it unless the store
/// is too small for the rate.
///
/// Besides the store it takes about twice the size of a block.
final class RepairEncoding {
    private let worker: EncodingWorker
    private var thread: pthread_t?

    /// - Parameter store: where the symbols go.
    /// - Throws: `UpdateFailure` if there is no thread.
    init(_ update: OutgoingUpdate, into store: RepairStore) throws(UpdateFailure) {
        do {
            worker = EncodingWorker(
                update, store, wake: try Descriptor("eventfd", eventfd(0, Int32(EFD_CLOEXEC))))
        } catch {
            throw UpdateFailure(error)
        }
        let argument = Unmanaged.passRetained(worker)
        var started = pthread_t()
        let status = pthread_create(
            &started, nil,
            { raw in
                if let raw { Unmanaged<EncodingWorker>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard status == 0 else {
            argument.release()
            throw UpdateFailure(SystemError("start a thread", errno: status))
        }
        thread = started
    }

    /// Ends the thread after the block that it is at.
    deinit {
        worker.stop()
        if let thread { pthread_join(thread, nil) }
    }

    /// There may be room in the store.
    func wake() { worker.wakeUp() }
}

private final class EncodingWorker: Sendable {
    private let update: OutgoingUpdate
    private let store: RepairStore
    private let wake: Descriptor
    private let isStopping = Atomic<Bool>(false)

    init(_ update: OutgoingUpdate, _ store: RepairStore, wake: consuming Descriptor) {
        self.update = update
        self.store = store
        self.wake = wake
    }

    func wakeUp() {
        var one: UInt64 = 1
        _ = write(wake.number, &one, MemoryLayout.size(ofValue: one))
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        wakeUp()
    }

    func run() {
        // Sending comes first where there are fewer processors than work.
        nice(5)  // of this thread only
        var schedules = EncodingScheduleCache(capacity: 2)
        var source: [UInt8] = []
        while !isStopping.load(ordering: .relaxed) {
            guard let job = store.nextJob() else {
                var count: UInt64 = 0
                _ = read(wake.number, &count, MemoryLayout.size(ofValue: count))
                continue
            }
            do throws(UpdateFileError) {
                store.put(try encode(job, &schedules, &source), block: job.block)
            } catch {
                store.fail(UpdateFailure(sending: error))
            }
        }
    }

    private func encode(
        _ job: RepairStore.Job, _ schedules: inout EncodingScheduleCache, _ source: inout [UInt8]
    ) throws(UpdateFileError) -> [RepairChunk] {
        let (count, size) = (update.layout.sourceSymbols(job.block), update.layout.symbolSize)
        if source.count != count * size { source = Array(repeating: 0, count: count * size) }
        var span = source.mutableSpan
        var bytes = span.mutableBytes
        try update.file.readSource(block: job.block, esi: 0, into: &bytes)
        do throws(RaptorQError) {
            let schedule = try schedules.schedule(sourceSymbols: count)
            let encoder = try source.span.bytes.withUnsafeBytes { (source) throws(RaptorQError) in
                try BlockEncoder(source, symbolSize: size, schedule: schedule)
            }
            var chunks: [RepairChunk] = []
            for symbols in store.chunks(job) {
                var octets = [UInt8](repeating: 0, count: symbols.count * size)
                var span = octets.mutableSpan
                var bytes = span.mutableBytes
                try bytes.withUnsafeMutableBytes { (octets) throws(RaptorQError) in
                    for (index, symbol) in symbols.enumerated() {
                        try encoder.write(
                            UInt32(count + symbol % count),
                            into: UnsafeMutableRawBufferPointer(rebasing: octets[index * size..<(index + 1) * size]))
                    }
                }
                chunks.append(RepairChunk(symbols: symbols, octets: octets))
            }
            return chunks
        } catch {
            throw .code(error)
        }
    }
}
