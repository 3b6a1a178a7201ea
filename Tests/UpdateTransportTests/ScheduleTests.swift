import SeededRandom
import Testing
import Timing

@testable import UpdateTransport

@Suite("Schedule and bitmap")
struct ScheduleTests {
    @Test("A round takes every symbol once, wherever it begins", arguments: [1, 2, 63, 64, 65, 1_000] as [UInt64])
    func round(count: UInt64) {
        var generator = SeededGenerator(seed: count)
        for _ in 0..<20 {
            var schedule = CarouselSchedule(count: count, random: generator.next())
            let bitmap = Held(SymbolBitmap(count: count))
            while !bitmap.isFull {
                let missing = Int(count - bitmap.inserted)
                let range = schedule.upcoming(min(missing, Int.random(in: 1...64, using: &generator)))
                let sent = Int.random(in: 1...range.count, using: &generator)
                for symbol in range.prefix(sent) { #expect(bitmap.insert(symbol)) }
                schedule.advance(by: sent)
            }
            #expect(bitmap.inserted == count)
        }
    }

    @Test("Senders begin at different places")
    func starts() {
        var generator = SeededGenerator(seed: 1)
        let starts = Set((0..<100).map { _ in CarouselSchedule(count: 1_000_000, random: generator.next()).position })
        #expect(starts.count > 95)
    }

    @Test("A bitmap is a set")
    func bitmap() {
        var generator = SeededGenerator(seed: 2)
        let bitmap = Held(SymbolBitmap(count: 500))
        var model: Set<UInt64> = []
        for _ in 0..<2_000 {
            let symbol = UInt64.random(in: 0..<600, using: &generator)
            #expect(bitmap.contains(symbol) == model.contains(symbol))
            let isNew = symbol < 500 && model.insert(symbol).inserted
            #expect(bitmap.insert(symbol) == isNew)
            #expect(bitmap.inserted == UInt64(model.count))
        }
        #expect(bitmap.isFull == (model.count == 500))
    }

    @Test("A sender counts whole IPv6 packets and keeps to its rate across the end of the file")
    func sender() {
        var now = Instant(nanoseconds: 5_000_000_000)
        let object = CarouselObject.sample(size: 10_000, symbolSize: 1_160)  // 9 symbols, the last of 720 octets
        var sender = CarouselSender(object, rate: BitRate(clamping: 1_280 * 8 * 1_000), random: 4, at: now)
        var symbols: [UInt64] = []
        while symbols.count < 18 {
            now = max(now, sender.nextDeadline)
            let range = sender.upcoming(64, at: now)
            symbols += range
            sender.sent(range.count, at: now)
        }
        #expect(symbols == [4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3])
        #expect(sender.packets == 18)
        #expect(sender.octets == 18 * 120 + 20_000)
        #expect(sender.upcoming(64, at: now).isEmpty)
    }
}
