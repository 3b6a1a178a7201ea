import SeededRandom
import Testing
import Timing
import UpdateTransport

private let start = Instant(nanoseconds: 1_000_000_000_000)

@Suite("Rates")
struct RateTests {
    @Test(
        "Rates are numbers with k, M or G",
        arguments: [
            ("1k", 1_000), ("100k", 100_000), ("20M", 20_000_000), ("2.5M", 2_500_000), ("1G", 1_000_000_000),
            ("0.0015M", 1_500), ("128000", 128_000), ("1000G", 1_000_000_000_000),
        ] as [(String, UInt64)])
    func rates(text: String, value: UInt64) { #expect(BitRate(text)?.bitsPerSecond == value) }

    @Test(
        "Other texts are no rates",
        arguments: [
            "", "k", "-1M", "+1M", "1 M", "1m", "1K", "1T", "M1", "1.M", ".5M", "1.2.3M", "0", "999", "1001G",
            "0.0001k",
            "1e6", "99999999999999999999", "18446744073709551615G", "١M",
        ])
    func notRates(text: String) { #expect(BitRate(text) == nil) }

    @Test(
        "Sizes are numbers with powers of 1,000 or 1,024",
        arguments: [
            ("5", 5), ("64k", 64_000), ("64Ki", 65_536), ("1.5Gi", 1_610_612_736), ("2T", 2_000_000_000_000), ("0", 0),
        ]
            as [(String, UInt64)])
    func sizes(text: String, value: UInt64) { #expect(ByteCount(text)?.octets == value) }

    @Test(
        "Over any ten seconds of punctual wake-ups the rate is right to a packet",
        arguments: ["100k", "3M", "20M", "333333333", "1G", "10G"], [1_280, 1_500, 9_216])
    func punctual(rate: String, packet: Int) throws {
        let rate = try #require(BitRate(rate))
        var bucket = TokenBucket(rate: rate, at: start)
        var sent: UInt64 = 0
        while bucket.nextDeadline < start + .seconds(10) {
            let now = bucket.nextDeadline
            let count = bucket.allowance(ofPackets: packet, at: now)
            try #require(count >= 1)
            #expect(count == 1 || UInt64(count * packet * 8) * 1_000 <= rate.bitsPerSecond)
            bucket.spend(count * packet, at: now)
            sent += UInt64(count * packet * 8)
        }
        let due = rate.bitsPerSecond * 10
        #expect(sent >= due && sent - due <= max(rate.bitsPerSecond / 1_000, UInt64(packet * 8)))
    }

    @Test("Nothing may go before the deadline")
    func early() {
        var bucket = TokenBucket(rate: BitRate(clamping: 1_000_000), at: start)
        bucket.spend(1_250, at: start)  // 10 ms
        #expect(bucket.nextDeadline == start + .milliseconds(10))
        #expect(bucket.allowance(ofPackets: 1_250, at: start + .nanoseconds(9_999_999)) == 0)
        #expect(bucket.allowance(ofPackets: 1_250, at: start + .milliseconds(10)) == 1)
    }

    @Test("Wake-ups that are up to 10 ms late cost nothing of the rate")
    func late() {
        var generator = SeededGenerator(seed: 3)
        var bucket = TokenBucket(rate: BitRate(clamping: 50_000_000), at: start)
        var sent = 0
        var now = start
        while now < start + .seconds(20) {
            now = max(now, bucket.nextDeadline) + .microseconds(Int64.random(in: 0...9_900, using: &generator))
            while case let count = bucket.allowance(ofPackets: 1_280, at: now), count > 0 {
                bucket.spend(count * 1_280, at: now)
                sent += count * 1_280 * 8
            }
        }
        #expect(abs(sent - 50_000_000 * 20) < 50_000_000 / 100)
    }

    @Test("After a long pause no more than 10 ms and a batch are made up for")
    func pause() {
        var bucket = TokenBucket(rate: BitRate(clamping: 100_000_000), at: start)
        let now = start + .seconds(60)
        var octets = 0
        while case let count = bucket.allowance(ofPackets: 1_280, at: now), count > 0 {
            bucket.spend(count * 1_280, at: now)
            octets += count * 1_280
        }
        #expect(octets * 8 <= 100_000_000 / 1_000 * 11 + 1_280 * 8)
    }
}
