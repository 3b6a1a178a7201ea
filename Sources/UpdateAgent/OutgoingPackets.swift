import ALC
import Glibc
import LinuxNetwork
import LinuxSystem
import Timing
import UpdateTransport
import UpdateTrust

/// The packets of one batch: filled in the order of the schedule, kept until the kernel has taken them.
///
/// All datagrams of a batch but the last have the same length, so that the kernel can cut them out of one buffer.
struct OutgoingPackets: ~Copyable {
    let update: OutgoingUpdate
    private var schedule: SendSchedule
    private var source: SourceSymbols
    private var hashes: HashPacketSource
    private let repair: RepairStore
    private var encoding: RepairEncoding?
    private var announcement: Announcement
    private let tsi: UInt32
    /// Datagrams one behind the other, with room for a manifest behind them.
    private var octets: [UInt8]
    /// Datagrams of a batch, at most.
    private let capacity: Int
    /// Where in `octets` the batch is.
    private var batch = 0..<0
    /// Octets of each datagram of the batch but the last.
    private var length = 1
    /// What the schedule has given and could not be written yet.
    private var held: SendPacket?
    private(set) var statistics = SendStatistics()

    /// Octets of IPv6 and UDP headers.
    static let overhead = 48

    /// - Parameter random: decides where the schedule begins, and names the session.
    init(_ update: OutgoingUpdate, _ options: SendOptions, random: UInt64) throws(UpdateFailure) {
        let layout = update.layout
        let datagram = ALCHeader.contentLength + layout.symbolSize
        self.update = update
        tsi = update.manifest.object.session(UInt16(truncatingIfNeeded: random >> 32 ^ random))
        announcement = Announcement(
            update.manifest, name: options.announcedName, tsi: tsi, maximumLength: datagram,
            now: UInt64(max(time(nil), 0)))
        let shape = SendShape(
            sourceSymbols: (0..<layout.blockCount).map { layout.sourceSymbols($0) },
            pieceLeaves: update.manifest.layout.pieceLeaves, announcements: announcement.packets.count)
        schedule = SendSchedule(shape, start: options.effectiveStart, random: random)
        source = SourceSymbols(update)
        repair = RepairStore(layout, maximumOctets: Int(clamping: options.cache.octets))
        do { hashes = try HashPacketSource(update.tree) } catch { throw UpdateFailure(sending: error) }
        let most = max(min(UDPMulticastSender.batchLimit, UDPMulticastSender.octetLimit / datagram), 1)
        capacity = most
        let manifest = ALCHeader.contentLength + update.file.signed.encoded.count
        octets = Array(repeating: 0, count: most * datagram + manifest)
    }

    /// Begins, or begins again after a pause.
    mutating func resume() throws(UpdateFailure) {
        batch = 0..<0
        held = nil
        schedule.resume()
        for block in 0..<schedule.shape.blockCount { repair.seek(block, to: schedule.nextRepairSymbol(block)) }
        if encoding == nil { encoding = try RepairEncoding(update, into: repair) }
        encoding?.wake()
    }

    /// Whether there is a batch that the kernel has not taken.
    var isPending: Bool { !batch.isEmpty }

    /// Fills an empty batch with at most `limit` packets, at least one if that is ready.
    mutating func fill(_ limit: Int, at now: Instant) throws(UpdateFailure) {
        let whole = ALCHeader.contentLength + update.layout.symbolSize
        var end = 0
        batch = 0..<0
        // Taken out of `self`, which the writing of packets changes.
        var buffer = [UInt8]()
        swap(&buffer, &octets)
        defer { swap(&buffer, &octets) }
        var span = buffer.mutableSpan
        var bytes = span.mutableBytes
        while end < min(limit, capacity) * whole {
            let packet = held ?? schedule.next(at: now)
            held = nil
            guard let written = try write(packet, into: &bytes, at: end) else {
                held = packet
                break
            }
            if end > 0 && written > length {  // a manifest that is longer than tiny symbols goes alone
                held = packet
                break
            }
            if end == 0 { length = written }
            end += written
            if written != whole { break }  // a shorter one can only be the last
        }
        batch = 0..<end
    }

    /// Sends what there is of the batch.
    ///
    /// - Returns: octets of the IPv6 packets that have gone.
    mutating func send(through socket: UDPMulticastSender) throws(SystemError) -> Int {
        let sent = try socket.send(octets.span.bytes.extracting(batch), length: length)
        let packets = (sent + length - 1) / length
        let whole = sent + packets * Self.overhead
        batch = batch.lowerBound + min(sent, batch.count)..<batch.upperBound
        statistics.packets += UInt64(packets)
        statistics.octets += UInt64(whole)
        return whole
    }

    /// To be called once a second.
    mutating func renewAnnouncement() { announcement.renew(now: UInt64(max(time(nil), 0))) }

    // MARK: writing

    /// Writes a datagram at `offset`: its length, or nil if it is not ready.
    private mutating func write(
        _ packet: SendPacket, into bytes: inout MutableRawSpan, at offset: Int
    ) throws(UpdateFailure) -> Int? {
        let payload = offset + ALCHeader.contentLength
        switch packet {
        case .content(let block, let esi):
            let first = update.layout.sourceSymbols(block)
            if esi < first {
                do {
                    try source.write(block: block, esi: esi, into: &bytes, at: payload)
                } catch {
                    throw UpdateFailure(sending: error)
                }
                statistics.sourceSymbols += 1
            } else {
                switch try repair.write(block: block, symbol: esi - first, into: &bytes, at: payload) {
                case .written: break
                case .writtenMakingRoom: encoding?.wake()
                case .missing: return nil
                }
                statistics.repairSymbols += 1
            }
            return Self.writeHeader(
                .update, tsi, block, UInt32(esi), payload: update.layout.symbolSize, into: &bytes, at: offset)
        case .hash(let block, let half, let index):
            let place = HashPacketPlace(block: block, half: half == .source ? .source : .repair, index: index)
            let count = update.manifest.layout.payloadLength
            var target = bytes._mutatingExtracting(payload..<payload + count)
            do {
                try hashes.write(place, of: update.file, into: &target)
            } catch {
                throw UpdateFailure(sending: error)
            }
            return Self.writeHeader(.hashes, tsi, block, place.esi, payload: count, into: &bytes, at: offset)
        case .manifest:
            let manifest = update.file.signed.encoded
            bytes.copy(manifest, from: 0, count: manifest.count, to: payload)
            return Self.writeHeader(.manifest, tsi, 0, 0, payload: manifest.count, into: &bytes, at: offset)
        case .announcement(let index):
            let packet = announcement.packets[min(index, announcement.packets.count - 1)]
            bytes.copy(packet, from: 0, count: packet.count, to: offset)
            return packet.count
        }
    }

    /// The length of the datagram.
    private static func writeHeader(
        _ object: SessionObject, _ tsi: UInt32, _ block: Int, _ esi: UInt32, payload: Int,
        into bytes: inout MutableRawSpan, at offset: Int
    ) -> Int {
        let header = ALCHeader(
            LCTHeader(tsi: UInt64(tsi), toi: UInt128(object.rawValue)),
            payloadID: RaptorQPayloadID(sourceBlockNumber: UInt8(truncatingIfNeeded: block), encodingSymbolID: esi))
        header.encode(into: &bytes, at: offset)
        return ALCHeader.contentLength + payload
    }
}
