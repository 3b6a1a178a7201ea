import EventLoop
import Glibc
import IPv6
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
final class UpdateDownload {
    enum Event {
        /// No more packets are needed.
        case decodable
        /// The file is at its path.
        case complete
        case failed(UpdateFailure)
        /// What an earlier run had left was damaged and is removed: begin anew.
        case damaged
    }

    private enum Message: Sendable {
        case recovery(BlockRecovery.Result)
        case verification(FileVerification.Result)
        case disk(DiskWork.Result)
    }

    let manifest: UpdateManifest
    private let place: OutputPlace
    private let log: Logger
    private let onEvent: (Event) -> Void
    private var reception: UpdateReception
    private var loss: LossEstimate
    private var random = SystemRandomNumberGenerator()

    private let file: SharedFile
    private let journal: ReceptionJournal
    private let scratch: SharedFile
    private var symbol: [UInt8]
    private var mailbox: LoopMailbox<Message>?
    private var recovery: Worker<BlockRecovery.Task>?
    private var hashing: Worker<UInt64>?
    private var disk: Worker<DiskWork.Task>?

    /// Source symbols in the file that the disk may not have yet, and those that it is getting now.
    private var unsynced: [UInt32] = []
    private var syncing: [UInt32]?
    private var isJournalFresh = false
    private var journalTrouble = Complaint()
    private var hashed: UInt64 = 0
    private var hasToldDecodable = false
    private var isOver = false
    /// Symbols that were there from an earlier run.
    private(set) var resumed = 0
    /// Packets that were not what was signed.
    private(set) var forged: UInt64 = 0
    /// Octets of symbols taken.
    private(set) var taken: UInt64 = 0

    /// Makes room for an update, or goes on with what an earlier run has left.
    ///
    /// - Parameter onEvent: called on the loop, not from `init`; not any more after `complete` or `failed`.
    init(
        _ manifest: UpdateManifest, key: KeyID?, place: OutputPlace, state: StateDirectory, on loop: EpollLoop,
        log: Logger,
        onEvent: @escaping (Event) -> Void
    ) throws {
        self.manifest = manifest
        self.place = place
        self.log = log
        self.onEvent = onEvent
        reception = UpdateReception(manifest)
        loss = LossEstimate(blocks: manifest.layout.object.blockCount)
        symbol = Array(repeating: 0, count: manifest.layout.object.symbolSize)
        let object = manifest.object.description
        state.removeStale(except: manifest.object, place)
        let path = state.journal(manifest.object, place)
        let begun = try place.reopen(object)
        do throws(SystemError) {
            journal = try ReceptionJournal(path: path, manifest)
            scratch = try state.scratch()
        } catch {
            throw UpdateFailure(error, advice: "see --state")
        }
        if let begun, try begun.size() == manifest.size {
            file = begun
        } else {
            // Its descriptor would keep the lock.
            _ = consume begun
            file = try place.create(object)
            do throws(SystemError) {
                try journal.clear()
                try file.reserve(manifest.size)
            } catch {
                place.remove(object)
                unlink(path)
                let isFull = [ENOSPC, EDQUOT, EFBIG].contains(error.errno)
                throw UpdateFailure(error, advice: isFull ? "make room for the update and its file in the making" : nil)
            }
        }
        try replay()
        try start(loop, key: key, state: state)
    }

    private func replay() throws {
        let layout = reception.layout
        do throws(SystemError) {
            try journal.replay(
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

    private func start(_ loop: EpollLoop, key: KeyID?, state: StateDirectory) throws {
        let mailbox = try LoopMailbox<Message>(on: loop) { [weak self] message in self?.handle(message) }
        let slot = mailbox.slot
        self.mailbox = mailbox
        recovery = try BlockRecovery.worker(reception.layout, file: file, journal: journal.file) {
            slot.post(.recovery($0))
        }
        hashing = try FileVerification.worker(file, size: manifest.size) { slot.post(.verification($0)) }
        let update = AcceptedUpdate(sequence: manifest.sequence, object: manifest.object)
        let work = DiskWork(
            file: file, journal: journal.file, scratch: scratch, place: place, update: update, key: key,
            rollback: AntiRollback(directory: state.path))
        disk = try work.worker { slot.post(.disk($0)) }
        for block in 0..<reception.layout.blockCount { tryRecovery(block) }
        if reception.layout.size == 0 || reception.completeOctets > 0 { advance() }
    }

    // MARK: packets

    /// A packet that claims to carry a symbol.
    func handle(symbol: RawSpan, block: Int, esi: Int, from source: IPv6Address, session: UInt64) {
        guard !isOver else { return }
        switch reception.handle(symbol, block: block, esi: esi, from: source, using: &random) {
        case .verified:
            loss.heard(session: session, block: block, esi: esi)
            store(symbol, block, esi)
        case .quarantined(let slot):
            loss.heard(session: session, block: block, esi: esi)
            // Without room it is lost; what is in the slot is compared with its leaf again.
            try? scratch.write(symbol, at: UInt64(slot) * UInt64(symbol.byteCount))
        case .duplicate: loss.heard(session: session, block: block, esi: esi)
        case .redundant: break
        case .forged, .malformed: forged += 1
        }
    }

    /// A packet that claims to carry hashes.
    func handle(hashes: RawSpan, at hashPlace: HashPacketPlace) {
        guard !isOver else { return }
        switch reception.handle(hashes: hashes, at: hashPlace) {
        case .learned(let symbols):
            for esi in symbols { resolve(hashPlace.block, esi) }
        case .kept, .redundant: break
        case .malformed, .forged: forged += 1
        }
    }

    /// Takes a symbol out of quarantine, now that its leaf is known.
    private func resolve(_ block: Int, _ esi: Int) {
        let found = reception.resolve(block: block, esi: esi)
        forged += UInt64(found.wrong)
        guard let slot = found.right, !isOver else { return }
        let offset = UInt64(slot) * UInt64(symbol.count)
        var octets = [UInt8]()
        swap(&octets, &symbol)
        defer { swap(&octets, &symbol) }
        guard (try? scratch.read(into: &octets, at: offset)) == octets.count,
            reception.isRight(octets.span.bytes, block: block, esi: esi)
        else { return }
        store(octets.span.bytes, block, esi)
    }

    /// Writes a verified symbol.
    private func store(_ symbol: RawSpan, _ block: Int, _ esi: Int) {
        let layout = reception.layout
        if esi < layout.sourceSymbols(block) {
            let extent = layout.extent(block: block, esi: esi)
            do throws(SystemError) {
                try file.write(symbol.extracting(first: extent.length), at: extent.offset)
            } catch {
                return fail(UpdateFailure(error))
            }
            unsynced.append(UInt32(layout.firstSymbol(block) + esi))
            reception.insertSource(block: block, esi: esi)
        } else if let leaf = reception.leaf(block: block, esi: esi) {
            do throws(SystemError) {
                let place = try journal.append(symbol, block: block, esi: esi, leaf: leaf)
                reception.insertRepair(block: block, esi: esi, place: place)
                isJournalFresh = true
                journalTrouble.settle()
            } catch {
                // It goes on with source symbols alone.
                return journalTrouble.raise("\(error); repair symbols are not kept", to: log)
            }
        }
        taken += UInt64(symbol.byteCount)
        changed(block)
    }

    // MARK: progress

    private func changed(_ block: Int) {
        tryRecovery(block)
        if reception.blocks[block].phase == .complete { advance() }
        if reception.blocks[block].isDecodable { tellIfDecodable() }
    }

    private func tryRecovery(_ block: Int) {
        guard reception.beginTrying(block) else { return }
        let state = reception.blocks[block]
        recovery?.put(
            BlockRecovery.Task(block: block, sources: state.sources, repairs: state.repairs, places: state.places))
    }

    /// Hashes what has become whole at the beginning of the file.
    private func advance() {
        let end = reception.completeOctets
        if end > hashed || manifest.size == 0 { hashing?.put(end) }
        hashed = end
        if reception.isComplete { flush() }
        tellIfDecodable()
    }

    private func tellIfDecodable() {
        guard !hasToldDecodable, reception.isDecodable else { return }
        hasToldDecodable = true
        onEvent(.decodable)
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
        case .recovery(.recovered(let block, let made)):
            let first = UInt32(reception.layout.firstSymbol(block))
            unsynced += made.map { first + $0 }
            reception.complete(block)
            changed(block)
        case .verification(.hashed(let hash)):
            guard hash == manifest.hash else { return mismatch() }
            disk?.put(.publish)
        case .disk(.dataSynced):
            let sources = syncing ?? []
            syncing = nil
            do throws(SystemError) {
                try journal.append(sources: sources)
                disk?.put(.syncJournal)
            } catch {
                journalTrouble.raise("\(error); after a crash more will have to be received again", to: log)
            }
        case .disk(.published): end(.complete)
        case .recovery(.failed(let failure)), .verification(.failed(let failure)), .disk(.failed(let failure)):
            fail(failure)
        }
    }

    /// Brings to the disk what has come since the last time, unless that is still going on.
    func flush() {
        guard !isOver, syncing == nil, !unsynced.isEmpty || isJournalFresh else { return }
        syncing = unsynced
        unsynced = []
        isJournalFresh = false
        disk?.put(.syncData)
    }

    /// The same, and waits for it: before a stop that is not a crash.
    func close() {
        guard !isOver else { return }
        isOver = true
        disk = nil
        let sources = (syncing ?? []) + unsynced
        guard !sources.isEmpty || isJournalFresh else { return }
        try? file.sync()
        try? journal.append(sources: sources)
        try? journal.file.sync()
    }

    /// Gives up what has come, because something newer is there or it is of no use.
    func discard() {
        isOver = true
        place.remove(manifest.object.description)
        unlink(journal.file.path)
    }

    private func mismatch() {
        discard()
        guard resumed == 0 else { return onEvent(.damaged) }
        onEvent(.failed(UpdateFailure(.unverifiable, "the file does not have the hash that was signed: sign it again")))
    }

    private func fail(_ failure: UpdateFailure) {
        guard !isOver else { return }
        end(.failed(failure))
    }

    private func end(_ event: Event) {
        isOver = true
        onEvent(event)
    }

    // MARK: numbers

    var isDecodable: Bool { reception.isDecodable }
    var received: Int { reception.received }
    var needed: Int { reception.needed }
    /// Packets lost on the way, 0…1.
    var lossShare: Double { loss.share }
    /// About how many octets of memory its bookkeeping takes.
    var octets: Int { reception.octets + 4 * unsynced.capacity }
}
