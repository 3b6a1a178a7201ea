import RaptorQ
import SeededRandom
import Testing

@Suite struct DecodingFailureTests {
    @Test(
        "K random symbols fail in one case of a hundred at most, one more hardly ever, two more never",
        arguments: [(10, 400), (26, 200), (101, 60)])
    func overhead(_ sourceSymbols: Int, _ trials: Int) throws {
        var random = SeededGenerator(seed: UInt64(sourceSymbols))
        var counts = [0, 0, 0]
        for _ in 0..<trials {
            let decoder = try BlockDecoder(sourceSymbols: sourceSymbols, symbolSize: 1)
            while try !decoder.decode(reading: { _, octets in octets[0] = 0 }) {
                try decoder.note(.random(in: 0..<1 << 24, using: &random))
            }
            counts[min(decoder.received - sourceSymbols, 2)] += 1
        }
        #expect(counts[1] + counts[2] <= 2 + trials / 100)
        #expect(counts[2] <= 1)
    }
}
