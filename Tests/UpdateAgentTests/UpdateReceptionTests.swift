import IPv6
import SeededRandom
import Testing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

@Suite("What a receiver makes of the packets of an update")
struct UpdateReceptionTests {
    private static let key = TestKey()

    private func update(_ count: Int = 40_000, symbolSize: Int = 256, blockSymbols: Int = 40) throws -> TestUpdate {
        try TestUpdate(content(count), key: Self.key, symbolSize: symbolSize, blockSymbols: blockSymbols)
    }

    @Test(
        "Files of any size arrive without loss in one pass over their source symbols",
        arguments: [0, 1, 255, 256, 257, 20_481])
    func sizes(size: Int) throws {
        let update = try update(size)
        var receiver = MemoryReceiver(update)
        for item in update.lap() {
            if receiver.isComplete { break }
            if case .symbol(let block, let esi) = item { #expect(esi < update.layout.sourceSymbols(block)) }
            receiver.handle(item)
        }
        #expect(receiver.isComplete && receiver.file == update.octets)
        #expect(receiver.wrong == 0 && receiver.forged == 0 && receiver.malformed == 0)
    }

    @Test(
        "Whatever is lost, it arrives with little more than as many packets as it needs",
        arguments: [0, 0.01, 0.05, 0.2, 0.4])
    func loss(share: Double) throws {
        let update = try update(60_000)
        var random = SeededGenerator(seed: 5)
        var receiver = MemoryReceiver(update)
        var laps = 0
        while !receiver.isComplete && laps < 4 {
            laps += 1
            for item in update.lap() where !receiver.isComplete && Double.random(in: 0..<1, using: &random) >= share {
                receiver.handle(item)
            }
        }
        #expect(receiver.file == update.octets && receiver.wrong == 0)
        // Hash packets and manifests are some of them: pieces here are of a few leaves only.
        #expect(receiver.packets < update.layout.symbolCount * 2)
    }

    @Test("It arrives from anywhere in the window on, in any order, twice", arguments: [7, 39, 40, 55, 79])
    func phases(phase: Int) throws {
        let update = try update()
        var random = SeededGenerator(seed: UInt64(phase))
        var receiver = MemoryReceiver(update)
        var items = update.lap(phase: phase) + update.lap(phase: phase)
        for start in stride(from: 0, to: items.count - 50, by: 50) { items[start..<start + 50].shuffle(using: &random) }
        for item in items {
            receiver.handle(item)
            receiver.handle(item)
        }
        #expect(receiver.isComplete && receiver.file == update.octets && receiver.wrong == 0 && receiver.forged == 0)
    }

    @Test("Two senders at different places add up")
    func twoSenders() throws {
        let update = try update()
        var receiver = MemoryReceiver(update)
        for pair in zip(update.lap(), update.lap(phase: 40)) where !receiver.isComplete {
            receiver.handle(pair.0)
            receiver.handle(pair.1)
        }
        #expect(receiver.file == update.octets)
        // Half of the symbols from each.
        #expect(receiver.packets < update.layout.symbolCount * 17 / 10)
    }

    @Test("Symbols that come before their hashes wait, and are taken when these are there")
    func hashesLate() throws {
        let update = try update()
        var receiver = MemoryReceiver(update)
        let items = update.lap()
        for case .symbol(let block, let esi) in items where esi < update.layout.sourceSymbols(block) {
            receiver.handle(.symbol(block: block, esi: esi))
        }
        #expect(receiver.reception.received == 0 && receiver.mostQuarantined == update.layout.symbolCount)
        for case .hashes(let place) in items { receiver.handle(.hashes(place)) }
        #expect(receiver.isComplete && receiver.file == update.octets && receiver.reception.quarantined == 0)
    }

    @Test("Nothing that was changed on the way gets through, before its hashes or after")
    func flips() throws {
        let update = try update(10_000)
        var random = SeededGenerator(seed: 3)
        var receiver = MemoryReceiver(update)
        for item in update.lap() + update.lap() {
            var payload = update.payload(item)
            for _ in 0..<2 {
                let place = Int.random(in: payload.indices, using: &random)
                payload[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                receiver.handle(item, payload, from: addresses[1])
            }
            receiver.handle(item)
        }
        #expect(receiver.isComplete && receiver.file == update.octets)
        #expect(receiver.wrong == 0 && receiver.forged > 0)
    }

    @Test(
        "Floods of symbols that nobody signed neither fill memory nor keep the true ones out", arguments: [true, false])
    func flood(isSameSource: Bool) throws {
        let update = try update(300_000)
        var random = SeededGenerator(seed: 11)
        var receiver = MemoryReceiver(update)
        let capacity = 4_096
        let rubbish = [UInt8](repeating: 0x55, count: update.layout.symbolSize)
        var most = 0
        for item in update.lap() + update.lap() + update.lap() where !receiver.isComplete {
            for _ in 0..<4 {
                let block = Int.random(in: 0..<update.layout.blockCount, using: &random)
                let esi = Int.random(in: 0..<2 * update.layout.sourceSymbols(block), using: &random)
                var forged = rubbish
                forged[0] = .random(in: 0...255, using: &random)
                let source =
                    isSameSource
                    ? addresses[0] : IPv6Address(high: 0xfe80 << 48, low: .random(in: 0...10_000, using: &random))
                receiver.handle(.symbol(block: block, esi: esi), forged, from: source)
            }
            receiver.handle(item)
            most = max(most, receiver.reception.octets)
        }
        #expect(receiver.isComplete && receiver.file == update.octets && receiver.wrong == 0)
        #expect(receiver.mostQuarantined <= capacity && most < 1 << 20)
    }

    @Test("Symbols and hash packets that there are not are counted and change nothing")
    func outside() throws {
        let update = try update()
        var receiver = MemoryReceiver(update)
        let symbol = update.payload(.symbol(block: 0, esi: 0))
        for (block, esi) in [(0, 80), (0, 1 << 23), (update.layout.blockCount, 0), (255, 0)] {
            receiver.handle(.symbol(block: block, esi: esi), symbol)
        }
        receiver.handle(.symbol(block: 0, esi: 0), Array(symbol.dropLast()))
        receiver.handle(.symbol(block: 0, esi: 0), [])
        let hashes = update.payload(.hashes(HashPacketPlace(block: 0, half: .source, index: 0)))
        receiver.handle(.hashes(HashPacketPlace(block: 255, half: .source, index: 0)), hashes)
        receiver.handle(.hashes(HashPacketPlace(block: 0, half: .source, index: 9_999)), hashes)
        receiver.handle(.hashes(HashPacketPlace(block: 0, half: .source, index: 0)), [])
        #expect(receiver.malformed == 9 && receiver.reception.received == 0 && receiver.reception.quarantined == 0)
    }
}
