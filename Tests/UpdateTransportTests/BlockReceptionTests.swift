import Testing
import UpdateTransport

@Suite("What a receiver has of a block")
struct BlockReceptionTests {
    /// A block of 10 symbols, of which the last `missing` source symbols are missing.
    private func block(missing: Int, repairs: Int) -> BlockReception {
        var block = BlockReception(sourceSymbols: 10)
        for esi in 0..<10 - missing { block.insertSource(esi) }
        for index in 0..<repairs { block.insertRepair(10 + index, place: UInt64(index)) }
        return block
    }

    @Test(
        "It is tried with K symbols, and no more are waited for with K + 2",
        arguments: [
            (missing: 2, repairs: 1, isReady: false, isSatisfied: false), (2, 2, true, false), (2, 3, true, false),
            (2, 4, true, true), (8, 10, true, true), (0, 0, false, true),
        ])
    func satisfied(missing: Int, repairs: Int, isReady: Bool, isSatisfied: Bool) {
        let block = block(missing: missing, repairs: repairs)
        #expect(block.isReady == isReady)
        #expect(block.isSatisfied == isSatisfied)
    }

    @Test("While it is tried a few more symbols are taken; enough of them satisfy it, and are tried next")
    func trying() {
        var block = block(missing: 3, repairs: 3)
        block.beginTrying()
        #expect(!block.isSatisfied && !block.isReady)
        for esi in 13..<17 {
            #expect(block.interest(esi) == .wanted)
            block.insertRepair(esi, place: 0)
        }
        #expect(block.interest(17) == .redundant)
        #expect(block.isSatisfied)
        block.needsMore()
        #expect(block.isReady && block.isSatisfied && block.interest(17) == .wanted)
    }

    @Test("Symbols that should have sufficed and did not are not relied on again")
    func surprise() {
        var block = block(missing: 3, repairs: 5)
        block.beginTrying()
        #expect(block.isSatisfied)
        block.needsMore()
        #expect(!block.isSatisfied && !block.isReady && block.interest(15) == .wanted)
        block.insertRepair(15, place: 0)
        #expect(block.isSatisfied && block.isReady)
        block.beginTrying()
        block.becomeDecodable()
        #expect(block.isSatisfied && block.interest(16) == .redundant && block.progress == 10)
        block.complete()
        #expect(block.phase == .complete && block.repairs.isEmpty && block.interest(8) != .wanted)
    }

    @Test("The source symbols alone complete it, also when repair symbols did not suffice before")
    func sources() {
        var block = block(missing: 1, repairs: 1)
        block.beginTrying()
        block.insertSource(9)
        #expect(block.phase == .trying)
        block.needsMore()
        #expect(block.phase == .complete && block.isSatisfied)
    }
}
