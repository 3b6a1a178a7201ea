import IPv6
import SeededRandom
import Testing
import Timing

@testable import UpdateTransport

private let start = Instant(nanoseconds: 100_000_000_000)

private func receiver(maximumSize: UInt64 = CarouselObject.maximumSize) -> Held<CarouselReceiver> {
    Held(CarouselReceiver(maximumSize: maximumSize, identify: ObjectID.made))
}

extension Held<CarouselReceiver> {
    /// Feeds symbols, a millisecond apart, until it is whole: how many, or nil if that takes too many.
    fileprivate func fill(_ object: CarouselObject, from now: inout Instant) -> Int? {
        for symbol in 0..<2 * object.symbolCount {
            if self.isWhole { return Int(symbol) }
            now = now + .milliseconds(1)
            _ = handle(CarouselPacket(object, symbol: symbol % object.symbolCount), at: now)
        }
        return self.isWhole ? Int(2 * object.symbolCount) : nil
    }
}

@Suite("Receiving a carousel")
struct CarouselReceiverTests {
    @Test(
        "Every size is whole after all its symbols, each of them written once",
        arguments: [0, 1, 1_023, 1_024, 1_025, 100_000, 5 << 30 + 17] as [UInt64])
    func sizes(size: UInt64) {
        let object = CarouselObject.sample(size: size, symbolSize: size > 1 << 30 ? 9_096 : 1_024)
        let machine = receiver()
        #expect(!machine.isWhole)
        var written: UInt64 = 0
        for symbol in (0..<object.symbolCount).reversed() {
            #expect(!machine.isWhole)
            let packet = CarouselPacket(object, symbol: symbol)
            let verdict = machine.handle(packet, at: start)
            #expect(verdict == (symbol == object.symbolCount - 1 ? .begin : .write))
            written += UInt64(packet.encodedLength - 72)
        }
        #expect(machine.isWhole)
        #expect(written == size)
        #expect(machine.received == machine.needed)
        #expect(machine.handle(CarouselPacket(object, symbol: 0), at: start) == .duplicate)
    }

    @Test("Loss, duplicates and any order only take longer", arguments: 0..<10 as Range<UInt64>)
    func disorder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let object = CarouselObject.sample(size: 300_000)
        let machine = receiver()
        var written: Set<UInt64> = []
        var packets = 0
        var window: [UInt64] = []
        var schedule = CarouselSchedule(count: object.symbolCount, random: generator.next())  // a late join
        while !machine.isWhole && packets < 20_000 {
            window.append(schedule.position)
            schedule.advance(by: 1)
            if window.count < 32 { continue }
            let index = Int.random(in: 0..<window.count, using: &generator)
            let symbol = window[index]
            if Bool.random(using: &generator) { window.remove(at: index) }  // else it comes once more
            packets += 1
            if Int.random(in: 0..<100, using: &generator) < 20 { continue }  // lost
            switch machine.handle(CarouselPacket(object, symbol: symbol), at: start + .milliseconds(Int64(packets))) {
            case .begin, .write: #expect(written.insert(symbol).inserted)
            case let verdict: #expect(verdict == .duplicate)
            }
        }
        #expect(machine.isWhole)
        #expect(written.count == Int(object.symbolCount))
    }

    @Test("Two senders of one file are faster than one", arguments: 0..<10 as Range<UInt64>)
    func twoSenders(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let object = CarouselObject.sample(size: 1_000_000)
        func rounds(senders: Int) -> Int {
            let machine = receiver()
            var schedules = (0..<senders).map { _ in
                CarouselSchedule(count: object.symbolCount, random: generator.next())
            }
            var rounds = 0
            while !machine.isWhole {
                rounds += 1
                for index in schedules.indices {
                    _ = machine.handle(CarouselPacket(object, symbol: schedules[index].position), at: start)
                    schedules[index].advance(by: 1)
                }
            }
            return rounds
        }
        #expect(rounds(senders: 1) == Int(object.symbolCount))
        #expect(rounds(senders: 2) < Int(object.symbolCount))
    }

    @Test("An object whose id is not that of its size and hash is not taken up")
    func forgedIdentity() {
        var object = CarouselObject.sample(size: 5_000)
        object.size = 6_000
        let machine = receiver()
        #expect(machine.handle(CarouselPacket(object, symbol: 0), at: start) == .forged)
        #expect(machine.object == nil)
    }

    @Test("An object above the limit is not taken up")
    func tooLarge() {
        let machine = receiver(maximumSize: 10_000)
        #expect(machine.handle(CarouselPacket(.sample(size: 10_001), symbol: 0), at: start) == .tooLarge)
        #expect(machine.handle(CarouselPacket(.sample(size: 10_000), symbol: 0), at: start) == .begin)
    }

    @Test("A packet that forges one field of the object belongs to another one")
    func forgedFields() {
        let object = CarouselObject.sample(size: 5_000)
        let machine = receiver()
        _ = machine.handle(CarouselPacket(object, symbol: 0), at: start)
        var other = object
        other.hash = ContentHash(filledWith: 9)
        #expect(machine.handle(CarouselPacket(other, symbol: 1), at: start) == .forged)
        other = object
        other.symbolSize = 2_048  // a true sender with another MTU
        #expect(machine.handle(CarouselPacket(other, symbol: 1), at: start) == .otherObject)
        #expect(machine.received == 1)
    }

    @Test("An object that stalls gives way to one that is heard, after two seconds and not before")
    func stalls() {
        let forged = CarouselObject.sample(size: 1 << 30, content: 2)
        let true_ = CarouselObject.sample(size: 50_000)
        let machine = receiver()
        _ = machine.handle(CarouselPacket(forged, symbol: 5), at: start)
        var now = start
        while now < start + .milliseconds(1_990) {
            now = now + .milliseconds(10)
            _ = machine.handle(CarouselPacket(forged, symbol: 5), at: now)  // nothing new
            #expect(machine.handle(CarouselPacket(true_, symbol: 0), at: now) == .otherObject)
        }
        now = start + .seconds(2)
        #expect(machine.handle(CarouselPacket(true_, symbol: 0), at: now) == .begin)
        #expect(machine.switches == 1)
        #expect(machine.fill(true_, from: &now) != nil)
        #expect(machine.object == true_)
    }

    @Test("An object that stalls while nothing else is heard is kept")
    func pause() {
        let object = CarouselObject.sample(size: 50_000)
        let machine = receiver()
        _ = machine.handle(CarouselPacket(object, symbol: 0), at: start)
        #expect(machine.handle(CarouselPacket(object, symbol: 1), at: start + .seconds(3_600)) == .write)
        #expect(machine.received == 2)
    }

    @Test("A flood of made-up objects delays the true one, but does not stop it and takes no memory")
    func flood() {
        var generator = SeededGenerator(seed: 11)
        let true_ = CarouselObject.sample(size: 200_000)
        let machine = receiver()
        var now = start
        var symbol: UInt64 = 0
        while !machine.isWhole || machine.object != true_ {
            now = now + .milliseconds(1)
            let forged = CarouselObject.sample(
                size: UInt64.random(in: 0...1 << 34, using: &generator),
                content: .random(in: 2...255, using: &generator))
            _ = machine.handle(CarouselPacket(forged, symbol: 0), at: now)
            _ = machine.handle(CarouselPacket(true_, symbol: symbol), at: now)
            symbol = (symbol + 1) % true_.symbolCount
            if machine.isWhole && machine.object != true_ { machine.mismatched(at: now) }
            guard now < start + .seconds(60) else { break }
        }
        #expect(machine.object == true_ && machine.isWhole)
    }

    @Test("After a wrong hash everything is received again, from a better object if there is one")
    func mismatch() {
        let wrong = CarouselObject.sample(size: 3_000, content: 2)
        let right = CarouselObject.sample(size: 3_000)
        let machine = receiver()
        var now = start
        #expect(machine.fill(wrong, from: &now) == 3)
        #expect(machine.isPromising)
        #expect(machine.handle(CarouselPacket(right, symbol: 0), at: now) == .otherObject)
        machine.mismatched(at: now)
        #expect(machine.mismatches == 1)
        #expect(machine.object == nil && !machine.isWhole && !machine.isPromising)
        #expect(machine.handle(CarouselPacket(wrong, symbol: 0), at: now) == .otherObject)
        #expect(machine.handle(CarouselPacket(right, symbol: 0), at: now) == .begin)
        #expect(machine.isPromising)
        #expect(machine.fill(right, from: &now) != nil)
    }

    @Test("With nothing better the same object is tried again")
    func tryAgain() {
        let object = CarouselObject.sample(size: 3_000)
        let machine = receiver()
        var now = start
        _ = machine.fill(object, from: &now)
        machine.mismatched(at: now)
        #expect(machine.handle(CarouselPacket(object, symbol: 2), at: now) == .begin)
        #expect(machine.received == 1)
        #expect(!machine.isPromising)
        #expect(machine.fill(object, from: &now) != nil)
    }

    @Test("An object that there is no room for is refused from then on, and another one is taken")
    func noRoom() {
        let large = CarouselObject.sample(size: 1 << 36)
        let small = CarouselObject.sample(size: 1_000, content: 2)
        let machine = receiver()
        #expect(machine.handle(CarouselPacket(large, symbol: 0), at: start) == .begin)
        machine.refuse(at: start)
        #expect(machine.object == nil)
        #expect(machine.handle(CarouselPacket(large, symbol: 1), at: start) == .refused)
        #expect(machine.handle(CarouselPacket(small, symbol: 0), at: start) == .begin)
        #expect(machine.isWhole)
    }
}
