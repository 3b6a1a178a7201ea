import SeededRandom
import Testing

@testable import UpdateTransport

@Test("A bitmap is a set")
func symbolBitmap() {
    var generator = SeededGenerator(seed: 2)
    var bitmap = SymbolBitmap(count: 500)
    var model: Set<UInt64> = []
    for _ in 0..<2_000 {
        let symbol = UInt64.random(in: 0..<600, using: &generator)
        #expect(bitmap.contains(symbol) == model.contains(symbol))
        let isNew = symbol < 500 && model.insert(symbol).inserted
        let inserted = bitmap.insert(symbol)
        #expect(inserted == isNew)
        #expect(bitmap.inserted == UInt64(model.count))
    }
    #expect(bitmap.isFull == (model.count == 500))
}
