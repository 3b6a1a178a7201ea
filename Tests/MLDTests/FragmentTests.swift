import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// Fragments of MLD packets, put together in bounded memory (RFC 8200 §4.5, RFC 5722, RFC 7112).
@Suite("Fragments")
struct FragmentTests {
    /// A report of `count` octets in all, and its fragments at these places.
    private struct Divided {
        let message: [UInt8]
        let number: UInt8
        let sender: IPv6Address

        init(_ count: Int, number: UInt8 = 1, sender: IPv6Address = host(1)) {
            (self.number, self.sender) = (number, sender)
            let report = MLDReport([.init(.toExclude, group(1), [])])
            var octets = report.encoded(from: sender, to: .allMLDv2Routers)
            octets += (octets.count..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            (octets[2], octets[3]) = (0, 0)
            var checksum = InternetChecksum(
                source: sender, destination: .allMLDv2Routers, length: octets.count, nextHeader: 58)
            checksum.add(octets.span.bytes)
            (octets[2], octets[3]) = (UInt8(checksum.value >> 8), UInt8(truncatingIfNeeded: checksum.value))
            message = octets
        }

        func fragment(_ range: Range<Int>, isLast: Bool? = nil) -> [UInt8] {
            let isLast = isLast ?? (range.upperBound == message.count)
            let place = UInt16(range.lowerBound) | (isLast ? 0 : 1)
            let payload: [UInt8] =
                [44, 0, 5, 2, 0, 0, 1, 0, 58, 0, UInt8(place >> 8), UInt8(truncatingIfNeeded: place), 0, 0, 0, number]
                + message[range]
            let length = UInt16(payload.count)
            return [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(truncatingIfNeeded: length), 0, 1] + sender.octets
                + IPv6Address.allMLDv2Routers.octets + payload
        }

        func fragments(of size: Int) -> [[UInt8]] {
            stride(from: 0, to: message.count, by: size).map { fragment($0..<min($0 + size, message.count)) }
        }
    }

    private struct Ear {
        var reader = MLDPacketReader()
        var now = Instant(nanoseconds: 1_000_000_000)
        var messages: [[UInt8]] = []
        var defects: [MLDArrival.Defect] = []

        mutating func hear(_ packets: [[UInt8]]) {
            for packet in packets {
                switch reader.read(packet.span.bytes, at: now) {
                case .other: break
                case .message(let place, let arrival): note(Array(packet[place]), arrival)
                case .reassembled(let whole, let place, let arrival): note(Array(whole[place]), arrival)
                }
                while let lost = reader.nextLost(at: now) { note([], lost) }
            }
        }

        private mutating func note(_ octets: [UInt8], _ arrival: MLDArrival) {
            if let defect = arrival.defect { defects.append(defect) } else { messages.append(octets) }
        }
    }

    @Test("Whatever the order, repetition and company of its fragments, a message comes whole and once")
    func shuffled() {
        for seed in 1...100 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let wholes = (0..<Int.random(in: 1...8, using: &random)).map {
                Divided(Int.random(in: 40...9000, using: &random), number: UInt8($0), sender: host($0 % 3))
            }
            var packets: [[UInt8]] = []
            for whole in wholes {
                let fragments = whole.fragments(of: 8 * Int.random(in: 2...150, using: &random))
                packets += fragments
                // Repeated before the message is whole; behind it they would begin another.
                if fragments.count > 2 { packets += fragments.dropLast().filter { _ in Bool.random(using: &random) } }
            }
            packets.shuffle(using: &random)
            var ear = Ear()
            ear.hear(packets)
            for whole in wholes where whole.message.count > 0 {
                #expect(ear.messages.contains(whole.message), "seed \(seed)")
            }
            #expect(ear.defects.isEmpty, "seed \(seed)")
        }
    }

    @Test("Fragments that overlap end their packet, whatever comes later, and are counted once")
    func overlap() {
        let whole = Divided(400)
        var ear = Ear()
        ear.hear([
            whole.fragment(0..<160), whole.fragment(80..<240), whole.fragment(160..<400), whole.fragment(0..<160),
        ])
        #expect(ear.messages.isEmpty && ear.defects == [.fragment])
        ear.now = ear.now + .seconds(60)
        ear.hear(whole.fragments(of: 160))
        #expect(ear.messages == [whole.message] && ear.defects == [.fragment])
    }

    @Test("Two ends of one packet, and octets behind its end, are refused")
    func ends() {
        let whole = Divided(400)
        for packets in [
            [whole.fragment(160..<400), whole.fragment(80..<160, isLast: true)],
            [
                whole.fragment(160..<320, isLast: true),
                whole.fragment(320..<400),
            ],
            [whole.fragment(320..<400, isLast: false), whole.fragment(160..<320, isLast: true)],
        ] {
            var ear = Ear()
            ear.hear(packets + whole.fragments(of: 200))
            #expect(ear.messages.isEmpty && ear.defects == [.fragment])
        }
    }

    @Test("What has not come within a minute is given up and counted")
    func lifetime() {
        let whole = Divided(400)
        let (first, second) = (whole.fragment(0..<160), whole.fragment(160..<400))
        var ear = Ear()
        ear.hear([first])
        ear.now = ear.now + .milliseconds(59_999)
        #expect(ear.reader.waiting == 1)
        ear.hear([second])
        #expect(ear.messages == [whole.message] && ear.defects.isEmpty)
        ear.hear([first])
        ear.now = ear.now + .seconds(60)
        ear.hear([second])
        #expect(ear.messages.count == 1 && ear.defects == [.fragment])
    }

    @Test("A flood of beginnings takes the room of the oldest only, and a message of two packets passes through it")
    func flood() {
        let whole = Divided(400)
        var ear = Ear()
        for number in 0..<2000 {
            ear.hear([Divided(400, number: UInt8(number % 200), sender: host(number)).fragment(0..<160)])
            if number % 200 == 100 { ear.hear(whole.fragments(of: 160)) }
        }
        #expect(ear.messages.count == 10 && ear.reader.waiting == 16)
        #expect(ear.defects.count == 2000 - 16 && Set(ear.defects) == [.fragment])
    }

    @Test("Messages beyond the longest are too long, in as many fragments as they like, and nothing is kept of them")
    func tooLong() {
        for count in [9217, 10_000, 20_000, 60_000] {
            var ear = Ear()
            ear.hear(Divided(count).fragments(of: 1200))
            #expect(ear.messages.isEmpty && ear.defects == [.tooLong], "\(count)")
        }
    }

    @Test("Fragments of other protocols and types are none of MLD's business")
    func others() {
        let whole = Divided(400)
        var packets = whole.fragments(of: 160)
        packets[0][56] = 128  // an echo request
        var ear = Ear()
        ear.hear(packets.reversed())
        #expect(ear.defects.isEmpty && ear.reader.waiting == 0)
        packets[0][48] = 17  // UDP
        ear.now = ear.now + .seconds(61)
        ear.hear(packets)
        #expect(ear.messages.isEmpty && ear.defects.isEmpty && ear.reader.waiting == 0)
    }
}
