import Glibc
import LinuxSystem
import Synchronization
import TestFiles
import Testing
import Timing
import UpdateTrust

@testable import UpdateAgent

@Suite("Verdicts of a receiver last as long as what they depend on", .serialized)
struct VerdictTests {
    private static let key = TestKey()
    private static let late = UTCTime(clamping: 1_900_000_000)
    private static let early = UTCTime(clamping: 1_800_000_000)
    private static let expiry = UTCTime(clamping: 1_850_000_000)
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        _ = try StateDirectory(directory.state)
    }

    private var rollback: AntiRollback { AntiRollback(directory: directory.state) }

    private func selection(_ policy: ManifestPolicy = ManifestPolicy()) -> ManifestSelection {
        ManifestSelection(trust: Self.key.trust, policy: policy, rollback: rollback)
    }

    private func seconds(_ number: Double) -> Instant { Instant(nanoseconds: 1 << 40) + .seconds(number) }

    /// What becomes of a manifest when it is heard.
    private func hear(
        _ update: TestUpdate, _ selection: inout ManifestSelection, after time: Double,
        clock: UTCTime = VerdictTests.early,
        isIdle: Bool = true
    ) throws -> ManifestSelection.Verdict {
        let octets = update.signed.encoded
        return try selection.handle(octets.span.bytes, at: seconds(time), wallClock: clock, isIdle: isIdle)
    }

    // MARK: one by one

    @Test("Expired: not any more once the clock is right; the clock is not asked more than once a second")
    func expired() throws {
        let update = try TestUpdate(content(100), key: Self.key, notAfter: Self.expiry)
        var selection = selection()
        func verdict(_ time: Double, _ clock: UTCTime) throws -> ManifestSelection.Verdict {
            try hear(update, &selection, after: time, clock: clock)
        }
        let refused = ManifestSelection.Verdict.refused(.expired(notAfter: Self.expiry, now: Self.late))
        #expect(try verdict(0, Self.late) == refused)
        #expect(try verdict(0.5, Self.early) == refused)
        #expect(selection.worst != nil)
        #expect(try verdict(1, Self.early) == .takeUp(update.manifest, key: Self.key.key.publicKey.id))
        #expect(selection.worst == nil)
        #expect(selection.refusalOfCurrent(wallClock: Self.early) == nil)
        #expect(
            selection.refusalOfCurrent(wallClock: Self.late) == .expired(notAfter: Self.expiry, now: Self.late))
        selection.forget()
        #expect(try verdict(3, Self.late) == refused)
    }

    @Test("Older, or another of the same sequence: not any more when the memory of it is gone", arguments: [6, 7])
    func remembered(sequence: Int) throws {
        let update = try TestUpdate(content(100), key: Self.key, sequence: UInt64(sequence))
        let id = Self.key.key.publicKey.id
        let accepted = AcceptedUpdate(sequence: 7, object: try TestUpdate(content(9), key: Self.key).manifest.object)
        try rollback.record(accepted, from: id)
        var selection = selection()
        let refusal: ManifestRefusal =
            sequence == 6 ? .olderSequence(6, accepted: 7) : .otherObject(sequence: 7)
        #expect(try hear(update, &selection, after: 0) == .refused(refusal))
        unlink("\(directory.state)/\(id).accepted")
        #expect(try hear(update, &selection, after: 0.9) == .refused(refusal))
        #expect(try hear(update, &selection, after: 1.1) == .takeUp(update.manifest, key: id))
    }

    @Test("Another of the sequence that is being received: not any more when that is given up")
    func competing() throws {
        let updates = try (1...2).map { try TestUpdate(content(100, seed: $0), key: Self.key) }
        var selection = selection()
        let id = Self.key.key.publicKey.id
        #expect(try hear(updates[0], &selection, after: 0) == .takeUp(updates[0].manifest, key: id))
        #expect(try hear(updates[1], &selection, after: 1) == .refused(.otherObject(sequence: 1)))
        selection.forget()
        #expect(try hear(updates[1], &selection, after: 3) == .takeUp(updates[1].manifest, key: id))
    }

    @Test("What the octets and the options decide is decided once")
    func lasting() throws {
        let update = try TestUpdate(content(100), key: Self.key, deviceClass: "gateway")
        var selection = selection(ManifestPolicy(deviceClass: "switch"))
        // More often than signatures may be verified.
        for step in 0..<3_000 {
            let verdict = try hear(update, &selection, after: Double(step) / 100_000, isIdle: false)
            #expect(verdict == .refused(.wrongClass("gateway", wanted: "switch")))
        }
    }

    @Test("Of two refusals the one that is about this receiver's own updates is named", arguments: [false, true])
    func worst(isFirst: Bool) throws {
        let own = try TestUpdate(content(100), key: Self.key, sequence: 5, deviceClass: "gateway")
        let other = try TestUpdate(content(100), key: Self.key, sequence: 12, deviceClass: "switch")
        // A receiver for switches has used the same directory.
        let accepted = AcceptedUpdate(sequence: 12, object: other.manifest.object)
        try rollback.record(accepted, from: Self.key.key.publicKey.id)
        var selection = selection(ManifestPolicy(deviceClass: "gateway"))
        for update in isFirst ? [own, other, other] : [other, own, other] {
            _ = try hear(update, &selection, after: 0)
        }
        #expect(selection.worst == .olderSequence(5, accepted: 12))
    }

    @Test("A reason is logged once, one that says more at once, and made-up ones do not fill the log")
    func logged() {
        let (count, log) = countingLog()
        var refusals = RefusalLog()
        let other = ManifestRefusal.wrongClass("switch", wanted: "gateway")
        for step in 0..<1_000 {
            let clock = UTCTime(clamping: Self.late.seconds + UInt64(step))
            refusals.log(other, at: seconds(Double(step)), to: log)
            refusals.log(.expired(notAfter: Self.expiry, now: clock), at: seconds(Double(step)), to: log)
        }
        #expect(count.value == 2)
        for step in 0..<1_000 { refusals.log(.newerVersion(UInt64(step)), at: seconds(2_000), to: log) }
        #expect(count.value == 3)
    }

    // MARK: by a whole receiver

    private func options(_ output: String = "out") -> ReceiveOptions {
        var options = receiveOptions(directory(output), trust: Self.key.trust)
        options.state = directory.state
        options.follows = true
        options.followInterval = .zero
        options.failurePause = .milliseconds(200)
        return options
    }

    @Test("An update refused as expired is received once the clock has been corrected")
    func clockCorrected() throws {
        let link = try UpdateLink()
        let update = try TestUpdate(content(5_000), key: Self.key, notAfter: Self.expiry)
        let sender = TestTransmitter(link, update.packets())
        let clock = Clock(Self.late)
        var options = options()
        options.follows = false
        options.wallClock = { clock.time }
        let receiver = try link.receive(options)
        usleep(300_000)
        #expect(receiver.reports.map(\.event) == [.waiting])
        clock.time = Self.early
        #expect(try receiver.wait())
        #expect(directory.read("out") == update.octets, "wrong octets")
        sender.stop()
    }

    @Test("An update that expires while it is being received is not, and goes on when the clock is set back")
    func expiresWhileReceived() throws {
        let link = try UpdateLink()
        let update = try TestUpdate(content(50_000), key: Self.key, notAfter: Self.expiry)
        let packets = update.packets()
        let beginning = TestTransmitter(link, Array(packets[..<60]))
        let clock = Clock(Self.early)
        var options = options()
        options.follows = false
        options.wallClock = { clock.time }
        let receiver = try link.receive(options)
        try receiver.wait { $0.contains { $0.event == .progress && $0.received > 0 } }
        clock.time = Self.late
        // It is found out with the next report.
        let reports = receiver.reports.count
        usleep(1_100_000)
        #expect(receiver.reports.count == reports, "what has expired is still being received")
        beginning.stop()
        let whole = TestTransmitter(link, packets)
        usleep(300_000)
        #expect(directory.names != ["out"], "what has expired was taken")
        clock.time = Self.early
        #expect(try receiver.wait())
        let taken = receiver.reports.filter { $0.event == .manifest }
        #expect(taken.count == 2 && (taken.last?.received ?? 0) > 0)
        #expect(directory.read("out") == update.octets, "wrong octets")
        whole.stop()
    }

    @Test("With --follow an update for which there was no room is received once there is")
    func room() throws {
        let link = try UpdateLink()
        let small = directory("small")
        mkdir(small, 0o755)
        try check("mount tmpfs", mount("tmpfs", small, "tmpfs", 0, "size=64k"))
        defer { umount2(small, Int32(MNT_DETACH)) }
        let update = try TestUpdate(content(200_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        let receiver = try link.receive(options("small/out"))
        try receiver.wait { $0.filter { $0.event == .failed }.count >= 2 }
        #expect(receiver.reports.last { $0.event == .failed }?.error?.contains("make room") == true)
        try check("mount tmpfs", mount("tmpfs", small, "tmpfs", UInt(MS_REMOUNT), "size=4m"))
        try receiver.wait { $0.contains { $0.event == .complete } }
        #expect(directory.read("small/out") == update.octets)
        #expect(try receiver.stop())
        sender.stop()
    }

    @Test("With --follow a damaged memory of what was accepted does not end it, and is read again")
    func damagedMemory() throws {
        let link = try UpdateLink()
        let memory = "\(directory.state)/\(Self.key.key.publicKey.id).accepted"
        close(open(memory, O_CREAT | O_WRONLY, 0o600))
        let update = try TestUpdate(content(5_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        let receiver = try link.receive(options())
        try receiver.wait { $0.filter { $0.event == .failed }.count >= 2 }
        unlink(memory)
        try receiver.wait { $0.contains { $0.event == .complete } }
        #expect(try receiver.stop())
        sender.stop()
    }
}

/// A wall clock that a test sets.
private final class Clock: Sendable {
    private let now: Mutex<UTCTime>
    init(_ time: UTCTime) { now = Mutex(time) }
    var time: UTCTime {
        get { now.withLock { $0 } }
        set { now.withLock { $0 = newValue } }
    }
}
