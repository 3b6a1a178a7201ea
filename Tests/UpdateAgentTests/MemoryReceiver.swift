import IPv6
import RaptorQ
import SeededRandom
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

/// A receiver of an update whose file, journal and quarantine are in memory; it looks at everything that gets there.
struct MemoryReceiver: ~Copyable {
    private let update: TestUpdate
    var reception: UpdateReception
    private(set) var file: [UInt8]
    private var journal: [[UInt8]] = []
    private var scratch: [Int: [UInt8]] = [:]
    private var random = SeededGenerator(seed: 99)
    /// Symbols that were taken for verified and are not what was signed.
    private(set) var wrong = 0
    private(set) var forged = 0
    private(set) var malformed = 0
    private(set) var mostQuarantined = 0
    private(set) var packets = 0

    init(_ update: TestUpdate, quarantineSymbols: Int = UpdateReception.quarantineSymbols) {
        self.update = update
        reception = UpdateReception(update.manifest, quarantineSymbols: quarantineSymbols)
        file = Array(repeating: 0xee, count: update.octets.count)
    }

    var isComplete: Bool { reception.isComplete }

    mutating func handle(_ item: TestUpdate.Item, _ payload: [UInt8], from source: IPv6Address = addresses[0]) {
        packets += 1
        switch item {
        case .manifest: break
        case .hashes(let place):
            switch reception.handle(hashes: payload.span.bytes, at: place) {
            case .learned(let symbols):
                for esi in symbols {
                    let found = reception.resolve(block: place.block, esi: esi)
                    forged += found.wrong
                    if let slot = found.right { store(scratch[slot] ?? [], place.block, esi) }
                }
            case .forged: forged += 1
            case .malformed: malformed += 1
            case .kept, .redundant: break
            }
        case .symbol(let block, let esi):
            switch reception.handle(payload.span.bytes, block: block, esi: esi, from: source, using: &random) {
            case .verified: store(payload, block, esi)
            case .quarantined(let slot): scratch[slot] = payload
            case .forged: forged += 1
            case .malformed: malformed += 1
            case .duplicate, .redundant: break
            }
            mostQuarantined = max(mostQuarantined, reception.quarantined)
        }
    }

    mutating func handle(_ item: TestUpdate.Item) { handle(item, update.payload(item)) }

    private mutating func store(_ symbol: [UInt8], _ block: Int, _ esi: Int) {
        if symbol != update.payload(.symbol(block: block, esi: esi)) { wrong += 1 }
        if esi < reception.layout.sourceSymbols(block) {
            put(symbol, block, esi)
            reception.insertSource(block: block, esi: esi)
        } else {
            journal.append(symbol)
            reception.insertRepair(block: block, esi: esi, place: UInt64(journal.count - 1))
        }
        if reception.beginTrying(block) { recover(block) }
    }

    private mutating func put(_ symbol: [UInt8], _ block: Int, _ esi: Int) {
        let extent = reception.layout.extent(block: block, esi: esi)
        let start = Int(min(extent.offset, UInt64(file.count)))
        file.replaceSubrange(start..<start + extent.length, with: symbol[..<extent.length])
    }

    private mutating func recover(_ block: Int) {
        let state = reception.blocks[block]
        do {
            let decoder = try BlockDecoder(sourceSymbols: state.sourceSymbols, symbolSize: reception.layout.symbolSize)
            for esi in state.sources {
                try update.payload(.symbol(block: block, esi: Int(esi))).withUnsafeBytes {
                    _ = try decoder.add(esi, $0)
                }
            }
            for (esi, place) in zip(state.repairs, state.places) {
                try journal[Int(place)].withUnsafeBytes { _ = try decoder.add(esi, $0) }
            }
            guard try decoder.decode() else { return reception.needsMore(block) }
            reception.becomeDecodable(block)
            var made: [(UInt32, [UInt8])] = []
            try decoder.forEachRecovered { made.append(($0, [UInt8]($1))) }
            for (esi, symbol) in made { put(symbol, block, Int(esi)) }
            reception.complete(block)
        } catch {
            wrong += 1
        }
    }
}
