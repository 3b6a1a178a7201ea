import EventLoop
import Glibc
import LinuxSystem
import Logging
import Timing
import UpdateTransport
import UpdateTrust

/// One update on its way to the disk. On the loop's thread; decoding, hashing and waiting for the disk are on threads of
/// their own.
///
/// Verified source symbols are written to their place in the file at once, verified repair symbols to the journal. Once a second
/// the file is brought to the disk, then the journal told what is there: a crash loses no more than that second.
///
/// Each symbol of the file is compared with its signed leaf, received or made. The whole file is hashed only where that cannot
/// be said of every one: after a restart, and where leaves were lost.
final class UpdateDownload {
    enum Event {
        /// No more packets are needed.
        case satisfied
        /// They are, which is rare: what was there did not suffice.
        case unsatisfied
        /// The file is at its path.
        case complete
        case failed(UpdateFailure)
        /// What an earlier run had left was damaged and is removed: begin anew.
        case damaged
    }

    private enum Message: Sendable {
        case recovery(BlockRecovery.Result)
        case disk(DiskWork.Result)
    }

    let manifest: UpdateManifest
    private let place: OutputPlace
    private let loop: EpollLoop
    let log: Logger
    private let onEvent: (Event) -> Void
    var reception: UpdateReception
    var loss: LossEstimate
    var random = SystemRandomNumberGenerator()

    let files: DownloadFiles
    var symbol: [UInt8]
    private var mailbox: LoopMailbox<Message>?
    private var recovery: Worker<BlockRecovery.Task>?
    private var comparison: FileComparison?
    private var disk: Worker<DiskWork.Task>?

    var unsaved = UnsavedSymbols()
    var journalTrouble = Complaint()
    /// All symbols in the file were compared with their leaves by this process.
    private var isProven: Bool
    private var hasToldSatisfied = false
    private var isConcluding = false
    var isOver = false
    /// Symbols that were there from an earlier run.
    private(set) var resumed = 0
    /// Packets that were not what was signed.
    var forged: UInt64 = 0
    /// Octets of symbols taken.
    var taken: UInt64 = 0

    /// Makes room for an update, or goes on with what an earlier run has left.
    ///
    /// - Parameter onEvent: called on the loop, not from `init`; not any more after `complete`, `failed` or `damaged`.
    init(
        _ manifest: UpdateManifest, key: KeyID?, place: OutputPlace, state: StateDirectory, on loop: EpollLoop,
        log: Logger,
        onEvent: @escaping (Event) -> Void
    ) throws {
        self.manifest = manifest
        self.place = place
        self.loop = loop
        self.log = log
        self.onEvent = onEvent
        reception = UpdateReception(manifest)
        loss = LossEstimate(blocks: manifest.layout.object.blockCount)
        symbol = Array(repeating: 0, count: manifest.layout.object.symbolSize)
        files = try DownloadFiles(manifest, place: place, state: state)
        isProven = true
        try replay()
        isProven = resumed == 0
        try start(key: key, state: state)
    }

    private func replay() throws {
        let layout = reception.layout
        do throws(SystemError) {
            try files.journal.replay(
                sources: { range in
                    for symbol in range {
                        let (block, esi) = layout.place(ofSymbol: symbol)
                        reception.insertSource(block: block, esi: esi)
                    }
                },
                repair: { block, esi, place in reception.insertRepair(block: block, esi: esi, place: place) })
        } catch {
            throw UpdateFailure(error)
        }
        resumed = reception.received
    }

    private func start(key: KeyID?, state: StateDirectory) throws {
        let mailbox = try LoopMailbox<Message>(on: loop) { [weak self] message in self?.handle(message) }
        let slot = mailbox.slot
        self.mailbox = mailbox
        recovery = try BlockRecovery.worker(
            manifest.object, reception.layout, file: files.file, journal: files.journal.file
        ) { slot.post(.recovery($0)) }
        let work = DiskWork(
            file: files.file, journal: files.journal.file, scratch: files.scratch, place: place,
            update: AcceptedUpdate(sequence: manifest.sequence, object: manifest.object), key: key,
            rollback: AntiRollback(directory: state.path))
        disk = try work.worker { slot.post(.disk($0)) }
        for block in 0..<reception.layout.blockCount { tryRecovery(block) }
        if reception.isComplete { conclude() }
    }

    // MARK: progress

    func changed(_ block: Int) {
        tryRecovery(block)
        if reception.isSatisfied != hasToldSatisfied {
            hasToldSatisfied.toggle()
            onEvent(hasToldSatisfied ? .satisfied : .unsatisfied)
        }
        if reception.isComplete { conclude() }
    }

    private func tryRecovery(_ block: Int) {
        let leaves = reception.blocks[block].isReady ? reception.missingLeaves(block) : nil
        guard reception.beginTrying(block) else { return }
        let state = reception.blocks[block]
        recovery?.put(
            BlockRecovery.Task(
                block: block, sources: state.sources, repairs: state.repairs, places: state.places, leaves: leaves))
    }

    /// All of the file is there.
    private func conclude() {
        guard !isOver, !isConcluding else { return }
        isConcluding = true
        if isProven && manifest.size > 0 {
            disk?.put(.publish)
            return
        }
        flush()
        do {
            comparison = try FileComparison(files.file, size: manifest.size, with: manifest.hash, on: loop) {
                [weak self] isSame in
                guard let self, !isOver else { return }
                isSame ? disk?.put(.publish) : mismatch()
            }
        } catch {
            fail(error as? UpdateFailure ?? UpdateFailure(.failed, "\(error)"))
        }
    }

    private func handle(_ message: Message) {
        guard !isOver else { return }
        switch message {
        case .recovery(.needsMore(let block)):
            reception.needsMore(block)
            changed(block)
        case .recovery(.decodable(let block)):
            reception.becomeDecodable(block)
            changed(block)
        case .recovery(.recovered(let block, let made, let isProven)):
            let first = UInt32(reception.layout.firstSymbol(block))
            unsaved.insert(made.lazy.map { first + $0 })
            self.isProven = self.isProven && isProven
            reception.complete(block)
            changed(block)
        case .recovery(.wrong): mismatch()
        case .disk(.dataSynced):
            let sources = unsaved.finish()
            do throws(SystemError) {
                try files.journal.append(sources: sources)
                disk?.put(.syncJournal)
            } catch {
                journalTrouble.raise("\(error); after a crash more will have to be received again", to: log)
            }
        case .disk(.published): end(.complete)
        case .recovery(.failed(let failure)), .disk(.failed(let failure)): fail(failure)
        }
    }

    /// Brings to the disk what has come since the last time, unless that is still going on.
    func flush() {
        if !isOver, unsaved.begin() { disk?.put(.syncData) }
    }

    /// The same, and waits for it: before a stop that is not a crash.
    func close() {
        guard !isOver else { return }
        isOver = true
        disk = nil
        guard let sources = unsaved.rest() else { return }
        try? files.file.sync()
        try? files.journal.append(sources: sources)
        try? files.journal.file.sync()
    }

    /// Gives up what has come, because something newer is there or it is of no use.
    func discard() {
        isOver = true
        place.remove(manifest.object.description)
        unlink(files.journal.file.path)
    }

    private func mismatch() {
        discard()
        guard resumed == 0 else { return onEvent(.damaged) }
        onEvent(
            .failed(
                UpdateFailure(
                    .unverifiable,
                    "the file is not what was signed though its parts were: something else writes to it, or it was signed wrongly"
                )))
    }

    func fail(_ failure: UpdateFailure) {
        guard !isOver else { return }
        end(.failed(failure))
    }

    private func end(_ event: Event) {
        isOver = true
        onEvent(event)
    }

    // MARK: numbers

    var isSatisfied: Bool { reception.isSatisfied }
    var received: Int { reception.received }
    var needed: Int { reception.needed }
    /// Packets lost on the way, 0…1.
    var lossShare: Double { loss.share }
}
