import Testing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

@Suite("Repair symbols encoded ahead")
struct RepairStoreTests {
    /// Does a job as an encoder would, with symbols that say which they are.
    private func perform(_ job: RepairStore.Job, _ store: RepairStore, _ layout: ObjectLayout) {
        let count = layout.sourceSymbols(job.block)
        let chunks = store.chunks(job).map { symbols in
            RepairChunk(
                symbols: symbols,
                octets: symbols.flatMap { number in
                    [UInt8(job.block), UInt8(number % count)] + [UInt8](repeating: 0, count: layout.symbolSize - 2)
                })
        }
        store.put(chunks, block: job.block)
    }

    @Test(
        "Whatever the bound and the jumps, what is written is the symbol that was asked for, and the bound holds",
        arguments: [0, 4_000, 10_000, 19_000, 20_000, 1 << 20])
    func right(bound: Int) throws {
        let layout = try ObjectLayout(size: 100 * 200, symbolSize: 100, blockCount: 3)  // 67, 67 and 66 symbols
        let store = RepairStore(layout, maximumOctets: bound)
        #expect(store.holdsAll == (bound >= 20_000))
        let most = store.holdsAll ? 20_000 : max(bound, 2 * 3 * RepairStore.leastChunk * 100)
        var octets = [UInt8](repeating: 0, count: 100)
        var written = 0
        var place = 40
        for block in 0..<3 { store.seek(block, to: place) }
        for round in 0..<600 {
            if round % 150 == 149 {  // begins again after a pause
                place = 0
                for block in 0..<3 { store.seek(block, to: 0) }
            }
            for block in 0..<3 where place < layout.sourceSymbols(block) {
                while true {
                    var span = octets.mutableSpan
                    var bytes = span.mutableBytes
                    let outcome = try store.write(block: block, symbol: place, into: &bytes, at: 0)
                    if outcome != .missing { break }
                    let job = try #require(store.nextJob())
                    perform(job, store, layout)
                    #expect(store.octets <= most)
                }
                #expect(octets[0] == UInt8(block) && octets[1] == UInt8(place))
                written += 1
            }
            // The encoder is ahead now and then.
            if round % 3 == 0, let job = store.nextJob() { perform(job, store, layout) }
            #expect(store.octets <= most)
            place = (place + 1) % 67
        }
        #expect(written > 1_700)
        if store.holdsAll { #expect(store.nextJob() == nil) }
    }

    @Test("What is needed first is encoded first, and each chunk once")
    func urgency() throws {
        let layout = try ObjectLayout(size: 100 * 100, symbolSize: 100, blockCount: 2)
        let store = RepairStore(layout, maximumOctets: 4_000)
        #expect(store.nextJob() == RepairStore.Job(block: 0, symbols: 0..<20))
        perform(try #require(store.nextJob()), store, layout)
        #expect(store.nextJob() == RepairStore.Job(block: 1, symbols: 0..<20))
        perform(try #require(store.nextJob()), store, layout)
        #expect(store.nextJob() == nil)
        store.seek(1, to: 10)
        #expect(store.nextJob() == RepairStore.Job(block: 1, symbols: 20..<30))
        store.seek(0, to: 45)
        #expect(store.nextJob() == RepairStore.Job(block: 0, symbols: 45..<65))
    }

    @Test("An encoder that has failed fails the sender when it needs what is not there")
    func failure() throws {
        let layout = try ObjectLayout(size: 1_000, symbolSize: 100, blockCount: 1)
        let store = RepairStore(layout, maximumOctets: 1 << 20)
        store.fail(UpdateFailure(.failed, "broken"))
        #expect(store.nextJob() == nil)
        #expect(throws: UpdateFailure(.failed, "broken")) {
            var octets = [UInt8](repeating: 0, count: 100)
            var span = octets.mutableSpan
            var bytes = span.mutableBytes
            _ = try store.write(block: 0, symbol: 0, into: &bytes, at: 0)
        }
    }
}
