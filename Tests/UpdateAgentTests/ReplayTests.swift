import Glibc
import TestFiles
import Testing
import Timing
import UpdateTrust

@testable import UpdateAgent

@Suite("Who sends old manifests again, or makes them up", .serialized)
struct ReplayTests {
    private static let key = TestKey()
    private static let clock = UTCTime(clamping: 1_800_000_000)

    private func selection() -> ManifestSelection {
        ManifestSelection(
            trust: Self.key.trust, policy: ManifestPolicy(), rollback: AntiRollback(directory: "/nonexistent"))
    }

    /// Well-formed, of the right key, with a signature that is not one.
    private func forged(_ signed: [UInt8], _ number: Int) -> [UInt8] {
        var octets = signed
        for place in 0..<3 { octets[octets.count - 1 - place] ^= UInt8(truncatingIfNeeded: number >> (8 * place)) }
        return octets
    }

    @Test("Whatever comes, no more manifests are looked at than are allowed", arguments: [true, false])
    func rate(isIdle: Bool) throws {
        let update = try TestUpdate(content(100), key: Self.key)
        var selection = selection()
        var now = Instant(nanoseconds: 1 << 40)
        var verified = 0
        // One second; the first allowance is one more.
        for number in 1...3_000 {
            now = now + .nanoseconds(333_333)
            let octets = forged(update.signed.encoded, number)
            let verdict = try selection.handle(octets.span.bytes, at: now, wallClock: Self.clock, isIdle: isIdle)
            if verdict != .postponed { verified += 1 }
        }
        let most =
            isIdle ? ManifestSelection.idleVerificationsPerSecond : ManifestSelection.verificationsPerSecond
        #expect(verified <= 2 * most + 1 && verified >= most)
        #expect(selection.rejected == 3_000)
    }

    @Test(
        "With three thousand made up in a second, one of the first true ones is found while there is nothing else to do"
    )
    func flooded() throws {
        let update = try TestUpdate(content(100), key: Self.key)
        var selection = selection()
        var now = Instant(nanoseconds: 1 << 40)
        var heard = 0
        for number in 1...30_000 {
            now = now + .nanoseconds(331_777)
            let isTrue = number.isMultiple(of: 1_500)
            let octets = isTrue ? update.signed.encoded : forged(update.signed.encoded, number)
            let verdict = try selection.handle(octets.span.bytes, at: now, wallClock: Self.clock, isIdle: true)
            if isTrue { heard += 1 }
            if case .takeUp = verdict { break }
        }
        #expect(selection.current != nil)
    }

    @Test("What is written of them to the log is little")
    func log() {
        var refusals = RefusalLog()
        let (count, log) = countingLog()
        for number in 0..<100_000 {
            refusals.log(
                .newerVersion(UInt64(number)), at: Instant(nanoseconds: 1 << 40 + UInt64(number) * 1_000_000), to: log)
        }
        // A hundred seconds.
        #expect(count.value <= 11 && count.value >= 9)
    }

    @Test("Who sends the last update's manifest again and again does not keep the next one from being heard")
    func replayed() throws {
        let directory = try TemporaryDirectory()
        let link = try UpdateLink()
        let updates = try (1...2).map { number in
            try TestUpdate(content(20_000, seed: number), key: Self.key, sequence: number)
        }
        var options = receiveOptions(directory("out"), trust: Self.key.trust, timeout: .seconds(20))
        options.follows = true
        options.followInterval = .milliseconds(200)
        let receiver = try link.receive(options)
        let first = TestTransmitter(link, updates[0].packets())
        try receiver.wait { $0.contains { $0.event == .complete } }
        first.stop()
        let replayed = TestTransmitter(link, [updates[0].packet(.manifest)], pause: 1_000)
        usleep(300_000)
        // As a sender has it: its manifest twice a second, and else what is of no use without.
        let next = TestTransmitter(
            link, [updates[1].packet(.manifest)] + Array(repeating: [0], count: 500), from: addresses[1], pause: 9_000)
        try receiver.wait { $0.contains { $0.sequence == 2 } }
        next.stop()
        let whole = TestTransmitter(link, updates[1].packets(), from: addresses[1])
        try receiver.wait { $0.filter { $0.event == .complete }.count == 2 }
        #expect(directory.read("out") == updates[1].octets)
        #expect(try receiver.stop())
        replayed.stop()
        whole.stop()
    }
}
