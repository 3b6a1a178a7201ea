import IPv6
import RaptorQ
import SeededRandom
import UpdateAgent
import UpdateTransport
import UpdateTrust

/// True packets of an update and changed ones at a receiver, in any order: what is taken is right, and the file is whole
/// in the end.
struct TransferFuzzer: ~Copyable {
    private let update: FuzzUpdate
    private var input: FuzzInput
    private var reception: UpdateReception
    private var random = SeededGenerator(seed: 1)
    /// Slots of the quarantine.
    private var scratch: [Int: [UInt8]] = [:]
    /// Verified symbols, by block.
    private var symbols: [[UInt32: [UInt8]]]

    init?(_ input: FuzzInput) {
        guard let update = FuzzUpdate.update else { return nil }
        self.update = update
        self.input = input
        reception = UpdateReception(update.manifest)
        symbols = Array(repeating: [:], count: reception.layout.blockCount)
    }

    mutating func run() {
        while !input.isAtEnd {
            let what = input.octet()
            let first = Int(input.short())
            // A run of packets, so that short inputs get somewhere.
            for number in first...first + Int(what >> 3) {
                var (item, payload) = update.packets[number % update.packets.count]
                let isChanged = what & 3 == 0
                if isChanged { payload[Int(input.octet()) % payload.count] ^= 1 + input.octet() % 255 }
                if what & 7 == 4 { payload.removeLast() }
                if what & 7 == 5 { item = misplaced(item) }
                handle(item, payload, isTrue: !isChanged && what & 7 != 4 && what & 7 != 5)
            }
        }
        for _ in 0..<2 { for (item, payload) in update.packets { handle(item, payload, isTrue: true) } }
        require(reception.isComplete && reception.quarantined == 0, "the true packets are enough")
    }

    private mutating func misplaced(_ item: FuzzUpdate.Item) -> FuzzUpdate.Item {
        let shift = 1 + Int(input.octet())
        switch item {
        case .symbol(let block, let esi):
            return shift & 1 == 0 ? .symbol(block: block, esi: esi + shift) : .symbol(block: block + shift, esi: esi)
        case .hashes(let place):
            return .hashes(HashPacketPlace(block: place.block, half: place.half, index: place.index + shift))
        }
    }

    private mutating func handle(_ item: FuzzUpdate.Item, _ payload: [UInt8], isTrue: Bool) {
        switch item {
        case .hashes(let place):
            switch reception.handle(hashes: payload.span.bytes, at: place) {
            case .learned(let symbols):
                require(isTrue, "nothing is learned from a changed packet")
                for esi in symbols {
                    if let slot = reception.resolve(block: place.block, esi: esi).right {
                        store(scratch[slot] ?? [], place.block, esi)
                    }
                }
            case .kept: require(isTrue, "a changed packet is not kept")
            case .forged, .malformed: require(!isTrue, "a true packet is neither forged nor malformed")
            case .redundant: break
            }
        case .symbol(let block, let esi):
            let source = IPv6Address(high: 1, low: UInt64(block & 3))
            switch reception.handle(payload.span.bytes, block: block, esi: esi, from: source, using: &random) {
            case .verified:
                require(isTrue, "a changed symbol is not verified")
                store(payload, block, esi)
            case .quarantined(let slot): scratch[slot] = payload
            case .forged, .malformed: require(!isTrue, "a true symbol is neither forged nor malformed")
            case .duplicate, .redundant: break
            }
        }
    }

    private mutating func store(_ symbol: [UInt8], _ block: Int, _ esi: Int) {
        let layout = reception.layout
        require(reception.isRight(symbol.span.bytes, block: block, esi: esi), "what is stored is what was signed")
        symbols[block][UInt32(esi)] = symbol
        if esi < layout.sourceSymbols(block) {
            reception.insertSource(block: block, esi: esi)
        } else {
            reception.insertRepair(block: block, esi: esi, place: 0)
        }
        if reception.beginTrying(block) { decode(block) }
    }

    private mutating func decode(_ block: Int) {
        let layout = reception.layout
        do {
            let decoder = try BlockDecoder(
                sourceSymbols: layout.sourceSymbols(block), symbolSize: layout.symbolSize)
            for (id, symbol) in symbols[block] { try symbol.withUnsafeBytes { _ = try decoder.add(id, $0) } }
            guard try decoder.decode() else { return reception.needsMore(block) }
            reception.becomeDecodable(block)
            let content = update.content
            try decoder.forEachRecovered { id, symbol in
                let extent = layout.extent(block: block, esi: Int(id))
                require(
                    symbol.prefix(extent.length)
                        .elementsEqual(content[Int(extent.offset)..<Int(extent.offset) + extent.length]),
                    "what is recovered is the file")
            }
            reception.complete(block)
            symbols[block] = [:]
        } catch {
            require(false, "verified symbols are never refused: \(error)")
        }
    }
}
