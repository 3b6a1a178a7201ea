import Testing
import Timing

@Suite("DeadlineQueue")
struct DeadlineQueueTests {
    @Test("Gives due keys in the order of their deadlines, and no others")
    func order() {
        var queue = DeadlineQueue<Int>()
        #expect(queue.isEmpty && queue.next == nil)
        for value in [5, 1, 9, 3, 7] { queue.schedule(value, at: Instant(nanoseconds: UInt64(value))) }
        #expect(queue.count == 5 && queue.next == Instant(nanoseconds: 1))
        var due: [Int] = []
        while let key = queue.popDue(at: Instant(nanoseconds: 5)) { due.append(key) }
        #expect(due == [1, 3, 5])
        #expect(queue.next == Instant(nanoseconds: 7))
        #expect(queue.popDue(at: Instant(nanoseconds: 6)) == nil)
    }

    @Test("One key may have several deadlines; each comes up once")
    func duplicates() {
        var queue = DeadlineQueue<String>()
        queue.schedule("a", at: Instant(nanoseconds: 1))
        queue.schedule("a", at: Instant(nanoseconds: 2))
        #expect(queue.popDue(at: .distantFuture) == "a")
        #expect(queue.popDue(at: .distantFuture) == "a")
        #expect(queue.popDue(at: .distantFuture) == nil)
    }

    @Test("A thousand deadlines in scrambled order come out sorted")
    func scrambled() {
        var queue = DeadlineQueue<UInt64>()
        for step in 0..<1000 as Range<UInt64> {
            let value = step * 7919 % 1000
            queue.schedule(value, at: Instant(nanoseconds: value))
        }
        var last: UInt64?
        var count = 0
        while let key = queue.popDue(at: .distantFuture) {
            #expect(last.map { $0 < key } ?? true)
            last = key
            count += 1
        }
        #expect(count == 1000)
    }
}
