import IPv6
import SeededRandom
import Testing

@testable import UpdateTransport

@Suite("Quarantine")
struct QuarantineTests {
    private let honest = IPv6Address(high: 1, low: 1)
    private let flooder = IPv6Address(high: 1, low: 2)

    @Test("The right candidate comes out, wrong ones are counted, and then there is none")
    func resolve() {
        var random = SeededGenerator(seed: 1)
        var quarantine = Quarantine<Int>(capacity: 8)
        #expect(quarantine.admit(block: 1, esi: 2, fingerprint: 77, from: honest, using: &random) == .kept(slot: 0))
        #expect(quarantine.admit(block: 1, esi: 2, fingerprint: 77, from: flooder, using: &random) == .known)
        #expect(quarantine.admit(block: 1, esi: 2, fingerprint: 78, from: flooder, using: &random) == .kept(slot: 1))
        #expect(quarantine.admit(block: 1, esi: 3, fingerprint: 77, from: honest, using: &random) == .kept(slot: 2))
        let found = quarantine.resolve(block: 1, esi: 2, 77)
        #expect(found.right == 0 && found.wrong == 1 && quarantine.count == 1)
        #expect(quarantine.resolve(block: 1, esi: 2, 77).right == nil)
        quarantine.discard(block: 1, symbols: 3)
        #expect(quarantine.count == 1)
        quarantine.discard(block: 1, symbols: 4)
        #expect(quarantine.count == 0)
    }

    @Test("Of a symbol there are never more than two candidates, whatever comes")
    func twoCandidates() {
        var random = SeededGenerator(seed: 2)
        var quarantine = Quarantine<Int>(capacity: 100)
        for fingerprint in 0..<50 {
            _ = quarantine.admit(block: 0, esi: 9, fingerprint: fingerprint, from: flooder, using: &random)
        }
        #expect(quarantine.count == 2)
        let found = quarantine.resolve(block: 0, esi: 9, 49)
        #expect(found.right != nil && found.wrong == 1, "the last one is always among them")
    }

    @Test("A flood from one source leaves what others had and have alone")
    func share() {
        var random = SeededGenerator(seed: 3)
        var quarantine = Quarantine<Int>(capacity: 1_000)
        for esi in 0..<100 { _ = quarantine.admit(block: 0, esi: esi, fingerprint: 1, from: honest, using: &random) }
        for esi in 0..<100_000 {
            _ = quarantine.admit(block: 1, esi: esi, fingerprint: 1, from: flooder, using: &random)
        }
        #expect(quarantine.count == 1_000)
        for esi in 100..<200 { _ = quarantine.admit(block: 0, esi: esi, fingerprint: 1, from: honest, using: &random) }
        #expect(quarantine.count == 1_000)
        let kept = (0..<200).filter { quarantine.resolve(block: 0, esi: $0, 1).right != nil }.count
        #expect(kept > 190)
    }

    @Test("Floods from everywhere never take more than there is room for")
    func everywhere() {
        var random = SeededGenerator(seed: 4)
        var quarantine = Quarantine<Int>(capacity: 64)
        for step in 0..<20_000 {
            let source = IPv6Address(high: 2, low: UInt64.random(in: 0..<500, using: &random))
            let esi = Int.random(in: 0..<200, using: &random)
            if case .kept(let slot) = quarantine.admit(
                block: 0, esi: esi, fingerprint: step, from: source, using: &random)
            {
                #expect((0..<64).contains(slot))
            }
            if step.isMultiple(of: 7) { _ = quarantine.resolve(block: 0, esi: (esi + 1) % 200, step) }
            #expect(quarantine.count <= 64)
        }
        quarantine.discard(block: 1, symbols: 200)
        #expect(quarantine.count > 0)
        quarantine.discard(block: 0, symbols: 200)
        #expect(quarantine.count == 0)
    }
}

@Suite("Loss")
struct LossEstimateTests {
    @Test("Gaps are counted as lost, laps and strangers are not")
    func gaps() {
        var loss = LossEstimate(blocks: 2)
        #expect(loss.share == 0)
        for esi in 0..<1_000 where !esi.isMultiple(of: 10) {
            for block in 0..<2 { loss.heard(session: 1, block: block, esi: esi) }
        }
        #expect(abs(loss.share - 0.1) < 0.01)
        loss.heard(session: 1, block: 0, esi: 3)
        loss.heard(session: 1, block: 9, esi: 3)
        loss.heard(session: 1, block: 0, esi: 900_000)
        for session in 2..<100 { loss.heard(session: UInt64(session), block: 0, esi: 5) }
        #expect(abs(loss.share - 0.1) < 0.01)
    }
}
