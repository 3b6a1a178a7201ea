import SeededRandom
import Testing

@testable import UpdateTrust

@Suite("Leaves that a receiver knows")
struct LeafStoreTests {
    /// How many leaves of a half are known, all of them right.
    private func known(_ store: borrowing LeafStore, _ update: TestUpdate, _ block: Int, _ half: WindowHalf) throws
        -> Int
    {
        let count = update.manifest.layout.object.sourceSymbols(block)
        var known = 0
        for esi in half == .source ? 0..<count : count..<2 * count {
            guard let leaf = store.leaf(block: block, esi: esi) else { continue }
            #expect(try leaf == update.leaf(block, esi))
            known += 1
        }
        return known
    }

    @Test("A source piece gives its leaves at once, and no others")
    func direct() throws {
        let update = try TestUpdate(30_000, blockSymbols: 60)
        let layout = update.manifest.layout
        var store = LeafStore(update.manifest)
        let packets = try update.hashPackets()
        let place = HashPacketPlace(block: 1, half: .repair, index: 1)
        let payload = try #require(packets[place])
        let before = store.leaf(block: 1, esi: 70)
        #expect(before == nil)
        let first = store.insert(payload.span.bytes, at: place)
        #expect(first == .learned(layout.symbols(place)))
        let knownRepair = try known(store, update, 1, .repair)
        #expect(knownRepair == layout.pieceLeaves)
        let knownSource = try known(store, update, 1, .source)
        #expect(knownSource == 0)
        let again = store.insert(payload.span.bytes, at: place)
        #expect(again == .redundant)
        let isNeeded = store.needs(place)
        #expect(!isNeeded)
    }

    @Test("Any K_h + 2 of the 2·K_h packets of a half give all its leaves, in any order", arguments: 0..<12)
    func anySubset(seed: UInt64) throws {
        let update = try TestUpdate(40_000 + Int(seed), blockSymbols: 90)
        let layout = update.manifest.layout
        let packets = try update.hashPackets()
        var generator = SeededGenerator(seed: seed)
        var store = LeafStore(update.manifest)
        for block in 0..<layout.object.blockCount {
            let pieces = layout.pieces(block)
            #expect(pieces > 4)
            for half in WindowHalf.allCases {
                let all = 0..<layout.object.sourceSymbols(block)
                let range = half == .source ? all : all.upperBound..<2 * all.upperBound
                var finished = 0
                for (step, index) in (0..<2 * pieces).shuffled(using: &generator).prefix(pieces + 2).enumerated() {
                    let place = HashPacketPlace(block: block, half: half, index: index)
                    let payload = try #require(packets[place])
                    let result = store.insert(payload.span.bytes, at: place)
                    if result == .learned(range) { finished = step + 1 }
                    #expect(result != .malformed && result != .forged)
                }
                #expect(finished >= pieces)
                let knownHalf = try known(store, update, block, half)
                #expect(knownHalf == all.count)
            }
        }
        // Nothing is kept but the leaves, and with a block even these go.
        let leaves = 16 * layout.pieceLeaves * 2 * (0..<layout.object.blockCount).reduce(0) { $0 + layout.pieces($1) }
        let held = store.octets
        #expect(held < leaves + leaves / 4 + 1_000)
        for block in 0..<layout.object.blockCount { store.forget(block: block) }
        let (rest, leaf) = (store.octets, store.leaf(block: 0, esi: 0))
        #expect(rest == 0)
        #expect(leaf == nil)
        let isNeeded = store.needs(HashPacketPlace(block: 0, half: .source, index: 0))
        #expect(!isNeeded)
    }

    @Test("Forged packets teach nothing and take no memory")
    func forged() throws {
        let update = try TestUpdate(30_000)
        var store = LeafStore(update.manifest)
        var generator = SeededGenerator(seed: 9)
        for (place, payload) in try update.hashPackets() {
            var changed = payload
            changed[Int.random(in: 4..<payload.count, using: &generator)] ^= 1
            let result1 = store.insert(changed.span.bytes, at: place)
            #expect(result1 == .forged)
            changed[0] ^= 1
            let result2 = store.insert(changed.span.bytes, at: place)
            #expect(result2 == .malformed)
            let result3 = store.insert(Array(payload.dropLast()).span.bytes, at: place)
            #expect(result3 == .malformed)
        }
        let result4 = store.insert([UInt8]().span.bytes, at: HashPacketPlace(block: 256, esi: 0))
        #expect(result4 == .malformed)
        let held = store.octets
        #expect(held == 0)
    }

    @Test("A symbol is verified, forged, or unknown as long as its leaf is")
    func symbols() throws {
        let update = try TestUpdate(30_001)
        let layout = update.manifest.layout
        var store = LeafStore(update.manifest)
        let last = layout.object.blockCount - 1
        let symbol = update.symbol(last, 0)
        let result5 = store.verify(symbol.span.bytes, block: last, esi: 0)
        #expect(result5 == .unknown)
        for (place, payload) in try update.hashPackets() where place.index < layout.pieces(place.block) {
            _ = store.insert(payload.span.bytes, at: place)
        }
        for block in 0...last {
            for esi in 0..<layout.object.sourceSymbols(block) {
                var symbol = update.symbol(block, esi)
                let result6 = store.verify(symbol.span.bytes, block: block, esi: esi)
                #expect(result6 == .verified)
                symbol[esi % symbol.count] ^= 0x80
                let result7 = store.verify(symbol.span.bytes, block: block, esi: esi)
                #expect(result7 == .forged)
            }
        }
        let result8 = store.verify(symbol.span.bytes, block: last, esi: 1)
        #expect(result8 == .forged)
        let result9 = store.verify(symbol.span.bytes, block: 0, esi: 0)
        #expect(result9 == .forged)
        let result10 = store.verify(Array(symbol.dropLast()).span.bytes, block: last, esi: 0)
        #expect(result10 == .forged)
        for (block, esi) in [(last + 1, 0), (0, 1 << 24 - 1), (-1, 0), (0, -1), (0, .max)] {
            let result11 = store.verify(symbol.span.bytes, block: block, esi: esi)
            #expect(result11 == .forged)
            let result12 = store.leaf(block: block, esi: esi)
            #expect(result12 == nil)
        }
        store.forget(block: last + 1)
    }
}
