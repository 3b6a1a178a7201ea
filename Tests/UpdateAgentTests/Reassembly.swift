import ALC
import RaptorQ
import Testing
import UpdateTransport
import UpdateTrust

/// Checks each packet of one session and puts the object together again, with nothing of the sender's code.
final class Reassembly {
    private let update: SampleUpdate
    private let signed: SignedManifest
    private var leaves: LeafStore
    /// Fed with all symbols, with source symbols only, and with repair symbols only.
    private let sources: [BlockDecoder]
    private let repairs: [BlockDecoder]
    private var sourceOctets: [UInt8]
    /// Packets by what they are.
    private(set) var counts: [SessionObject: Int] = [:]
    /// Symbols that came before their leaves.
    private(set) var unknown = 0
    /// Block and ESI, in order.
    private(set) var symbols: [(block: Int, esi: Int)] = []
    private(set) var problems: [String] = []

    init(_ update: SampleUpdate) throws {
        let layout = update.manifest.layout.object
        self.update = update
        signed = try UpdateFileReader(path: update.path).signed
        leaves = LeafStore(update.manifest)
        sources = try (0..<layout.blockCount).map {
            try BlockDecoder(sourceSymbols: layout.sourceSymbols($0), symbolSize: layout.symbolSize)
        }
        repairs = try (0..<layout.blockCount).map {
            try BlockDecoder(sourceSymbols: layout.sourceSymbols($0), symbolSize: layout.symbolSize)
        }
        sourceOctets = Array(repeating: 0, count: layout.symbolCount * layout.symbolSize)
    }

    func take(_ packet: [UInt8]) throws {
        let octets = packet.span.bytes
        let alc = try ALCPacket(parsing: octets)
        let object = try #require(SessionObject(rawValue: UInt32(alc.lct.toi)))
        let id = try #require(alc.payloadID)
        let (block, esi) = (Int(id.sourceBlockNumber), id.encodingSymbolID)
        let payload = octets.extracting(alc.payload)
        counts[object, default: 0] += 1
        switch object {
        case .announcement:
            let information = try #require(try alc.objectTransmissionInformation(in: octets))
            if alc.fdtInstanceID(in: octets) == nil || information.symbolSize != alc.payload.count {
                problems.append("announcement")
            }
        case .manifest:
            if Array(packet[alc.payload]) != signed.encoded || block != 0 || esi != 0 { problems.append("manifest") }
        case .hashes:
            switch leaves.insert(payload, at: HashPacketPlace(block: block, esi: esi)) {
            case .learned, .kept, .redundant: break
            case .malformed: problems.append("malformed hashes \(block) \(esi)")
            case .forged: problems.append("forged hashes \(block) \(esi)")
            }
        case .update: try take(symbol: payload, block, Int(esi))
        }
    }

    private func take(symbol: RawSpan, _ block: Int, _ esi: Int) throws {
        switch leaves.verify(symbol, block: block, esi: esi) {
        case .verified: break
        case .unknown: unknown += 1
        case .forged: return problems.append("symbol \(block) \(esi)")
        }
        symbols.append((block, esi))
        let count = update.manifest.layout.object.sourceSymbols(block)
        let decoder = esi < count ? sources[block] : repairs[block]
        _ = try symbol.withUnsafeBytes { try decoder.add(UInt32(esi), $0) }
        guard esi < count else { return }
        let first = update.manifest.layout.object.firstSymbol(block) + esi
        symbol.withUnsafeBytes { symbol in
            sourceOctets.replaceSubrange(first * symbol.count..<(first + 1) * symbol.count, with: symbol)
        }
    }

    /// Whether the source symbols are the file.
    var hasFileOfSources: Bool {
        sources.allSatisfy(\.isComplete) && Array(sourceOctets[..<update.octets.count]) == update.octets
    }

    /// Whether repair symbols alone give the file, as far as blocks have more than enough of them.
    func hasFileOfRepairs() throws -> Bool {
        let layout = update.manifest.layout.object
        for (block, decoder) in repairs.enumerated() where try decoder.decode() {
            let start = layout.firstSymbol(block)
            var isRight = true
            try decoder.forEachRecovered { id, symbol in
                let first = (start + Int(id)) * layout.symbolSize
                let there = first < update.octets.count ? update.octets[first...].prefix(layout.symbolSize) : []
                if !symbol.prefix(there.count).elementsEqual(there)
                    || symbol.dropFirst(there.count).contains(where: { $0 != 0 })
                {
                    isRight = false
                }
            }
            if !isRight { return false }
        }
        return repairs.contains { $0.isComplete }
    }
}
