import SeededRandom
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("A quarantine that is flooded before hash packets come")
struct QuarantineFloodTests {
    private static let key = TestKey()
    private let update: TestUpdate

    init() throws { update = try TestUpdate(content(100_000), key: Self.key) }

    /// True packets until the file is whole, a tenth of them lost, while somebody in the sender's name forges symbols whose
    /// hashes have not come.
    private func packets(forgedPerTrue: Int, hashesLost: Double = 0.1) throws -> Int {
        var random = SeededGenerator(seed: 17)
        // A quarter of the object, as with larger ones.
        let capacity = update.layout.symbolCount / 4
        var receiver = MemoryReceiver(update, quarantineSymbols: capacity)
        var count = 0
        while !receiver.isComplete && count < 20_000 {
            for item in update.lap() where !receiver.isComplete {
                count += 1
                for _ in 0..<forgedPerTrue {
                    let block = Int.random(in: 0..<update.layout.blockCount, using: &random)
                    let esi = Int.random(in: 0..<2 * update.layout.sourceSymbols(block), using: &random)
                    // All others are refused at once.
                    guard receiver.reception.leaf(block: block, esi: esi) == nil else { continue }
                    var forged = [UInt8](repeating: 0x55, count: update.layout.symbolSize)
                    for place in 0..<8 { forged[place] = .random(in: 0...255, using: &random) }
                    receiver.handle(.symbol(block: block, esi: esi), forged)
                }
                let lost = if case .hashes = item { hashesLost } else { 0.1 }
                if Double.random(in: 0..<1, using: &random) >= lost { receiver.handle(item) }
            }
        }
        #expect(receiver.mostQuarantined <= capacity && (forgedPerTrue == 0 || receiver.mostQuarantined == capacity))
        #expect(receiver.isComplete && receiver.file == update.octets && receiver.wrong == 0)
        return count
    }

    @Test("costs no more than the symbols that would have waited in it", arguments: [1, 10])
    func loss(forgedPerTrue: Int) throws {
        let undisturbed = try packets(forgedPerTrue: 0)
        let flooded = try packets(forgedPerTrue: forgedPerTrue)
        // A tenth of the hash packets is lost: a tenth of the symbols cannot wait.
        #expect(Double(flooded) < Double(undisturbed) * 1.2)
    }

    @Test("does not keep true symbols out for ever, even if most hash packets are lost")
    func hashesLost() throws {
        let undisturbed = try packets(forgedPerTrue: 0, hashesLost: 0.7)
        let flooded = try packets(forgedPerTrue: 10, hashesLost: 0.7)
        #expect(flooded < 3 * undisturbed)
    }
}
