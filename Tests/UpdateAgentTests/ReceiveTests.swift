import Glibc
import IPv6
import LinuxSystem
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("Receiving between namespaces", .serialized)
struct ReceiveTests {
    private static let key = TestKey()
    private static let other = TestKey()
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    private func options(timeout: Duration = .seconds(30)) -> ReceiveOptions {
        receiveOptions(directory("out"), trust: Self.key.trust, timeout: timeout)
    }

    @Test(
        "A signed update arrives, is remembered, and leaves nothing else behind",
        arguments: [0, 1, 255, 20_000, 300_000])
    func arrives(size: Int) throws {
        let update = try TestUpdate(content(size), key: Self.key, sequence: 5)
        let sender = TestTransmitter(link, update.packets())
        let receiver = try link.receive(options())
        #expect(try receiver.wait())
        #expect(directory.read("out") == update.octets)
        #expect(directory.names == ["out"])
        let reports = receiver.reports
        #expect(reports.map(\.event).filter { $0 != .progress } == [.waiting, .manifest, .complete])
        let last = try #require(reports.last)
        #expect(last.percent == 100 && last.sequence == 5 && last.objectID == update.manifest.object.description)
        #expect(last.rejected == 0)
        let accepted = try AntiRollback(directory: directory.state).accepted(from: Self.key.key.publicKey.id)
        #expect(accepted == AcceptedUpdate(sequence: 5, object: update.manifest.object))
        sender.stop()
    }

    @Test("It arrives with losses, from the middle on, from two senders", arguments: [5, 3])
    func loss(every: Int) throws {
        let update = try TestUpdate(content(200_000), key: Self.key)
        let senders = [0, 1].map { index in
            TestTransmitter(
                link, update.packets(phase: 30 * index, session: UInt16(index)), from: addresses[index],
                isLost: { ($0 &* 2_654_435_761 >> 7) % every == index })
        }
        #expect(try link.receive(options()).wait())
        #expect(directory.read("out") == update.octets)
        for sender in senders { sender.stop() }
    }

    @Test("Another update in the same group is left alone")
    func otherUpdate() throws {
        let update = try TestUpdate(content(200_000), key: Self.key, deviceClass: "gateway")
        let other = try TestUpdate(content(200_000, seed: 9), key: Self.key, deviceClass: "switch")
        var options = options()
        options.policy.deviceClass = "gateway"
        let senders = [update, other].map { TestTransmitter(link, $0.packets()) }
        let receiver = try link.receive(options)
        #expect(try receiver.wait())
        #expect(directory.read("out") == update.octets)
        // Only its manifests were looked at.
        #expect((receiver.reports.last?.rejected ?? .max) < 20)
        for sender in senders { sender.stop() }
    }

    @Test("An injector at the sender's own address stops nothing")
    func injector() throws {
        let update = try TestUpdate(content(200_000), key: Self.key)
        let forged = try TestUpdate(content(200_000, seed: 9), key: Self.other)
        let items = update.lap()
        var packets = forged.packets()
        for (index, item) in items.enumerated() where index.isMultiple(of: 3) {
            var payload = update.payload(item)
            payload[index % payload.count] ^= 0x10
            packets.append(update.packet(item, payload))
            if index.isMultiple(of: 9) { packets.append(Array(packets[index].dropLast(index % 30))) }
        }
        packets += [[], [0], Array(repeating: 0xff, count: 1_000)]
        let injector = TestTransmitter(link, packets, pause: 200)
        let sender = TestTransmitter(link, update.packets())
        let receiver = try link.receive(options())
        #expect(try receiver.wait())
        #expect(directory.read("out") == update.octets)
        #expect(try #require(receiver.reports.last).rejected > 0)
        injector.stop()
        sender.stop()
    }

    @Test("A higher sequence takes the place of what is being received, a lower one does not")
    func switches() throws {
        let updates = try (1...3).map { number in
            try TestUpdate(content(100_000, seed: number), key: Self.key, sequence: number)
        }
        let receiver = try link.receive(options())
        let lowest = TestTransmitter(link, updates[0].packets(), isLost: { !$0.isMultiple(of: 16) && $0 > 1 })
        try receiver.wait { $0.contains { $0.sequence == 1 } }
        let highest = TestTransmitter(link, [updates[2].packet(.manifest)], from: addresses[1], pause: 20_000)
        try receiver.wait { $0.contains { $0.sequence == 3 } }
        let middle = TestTransmitter(link, [updates[1].packet(.manifest)], pause: 20_000)
        highest.stop()
        let whole = TestTransmitter(link, updates[2].packets(), from: addresses[1])
        #expect(try receiver.wait())
        #expect(directory.read("out") == updates[2].octets)
        #expect(directory.names == ["out"])
        #expect(!receiver.reports.contains { $0.sequence == 2 })
        for sender in [lowest, middle, whole] { sender.stop() }
    }

    @Test("An update that is at its path already is not fetched again")
    func present() throws {
        let update = try TestUpdate(content(100_000), key: Self.key)
        _ = try directory.write(update.octets, to: "out")
        let sender = TestTransmitter(link, [update.packet(.manifest)])
        let receiver = try link.receive(options())
        #expect(try receiver.wait())
        #expect(receiver.reports.map(\.event) == [.waiting, .complete] && receiver.reports.last?.percent == 100)
        sender.stop()
    }

    // MARK: refusals

    @Test("What is heard and must not be taken is 76 at the timeout, with the reason", arguments: Refusal.allCases)
    func refused(refusal: Refusal) throws {
        let octets = content(5_000)
        let update: TestUpdate
        var options = options(timeout: .milliseconds(700))
        switch refusal {
        case .wrongKey: update = try TestUpdate(octets, key: Self.other)
        case .unsigned: update = try TestUpdate(octets, key: nil)
        case .signedInUnsignedMode:
            update = try TestUpdate(octets, key: Self.key)
            options.trust = nil
        case .expired: update = try TestUpdate(octets, key: Self.key, notAfter: UTCTime(seconds: 1_000_000_000))
        case .older, .otherObject:
            update = try TestUpdate(octets, key: Self.key, sequence: refusal == .older ? 6 : 7)
            let accepted = AcceptedUpdate(
                sequence: 7, object: try TestUpdate(content(9), key: Self.key).manifest.object)
            _ = try StateDirectory(options.state)
            try AntiRollback(directory: options.state).record(accepted, from: Self.key.key.publicKey.id)
        case .vendor:
            update = try TestUpdate(octets, key: Self.key, vendor: "other")
            options.policy.vendor = "acme"
        case .deviceClass:
            update = try TestUpdate(octets, key: Self.key, deviceClass: "switch")
            options.policy.deviceClass = "gateway"
        case .tooLarge:
            update = try TestUpdate(octets, key: Self.key)
            options.policy.maximumSize = 4_999
        case .tampered: update = try TestUpdate(octets, key: Self.key)
        }
        var packets = update.packets()
        if refusal == .tampered {
            var payload = update.signed.encoded
            payload[payload.count - 3] ^= 1
            packets = [update.packet(.manifest, payload)]
        }
        let sender = TestTransmitter(link, packets)
        let receiver = try link.receive(options)
        let failure = try #require(failureOf(receiver))
        #expect(failure.kind == .unverifiable)
        #expect(failure.description.contains(refusal.rawValue), "\(failure)")
        #expect(directory.names == [])
        #expect(receiver.reports.last?.event == .failed && receiver.reports.last?.error == failure.description)
        sender.stop()
    }

    enum Refusal: String, CaseIterable {
        case wrongKey = "not trusted here"
        case unsigned = "is not signed"
        case signedInUnsignedMode = "instead of --unsigned"
        case expired = "expired at"
        case older = "is older than 7"
        case otherObject = "another update of sequence 7"
        case vendor = "not acme"
        case deviceClass = "not gateway"
        case tooLarge = "more than the 4999 allowed"
        case tampered = "damaged or forged"
    }

    @Test("Nothing heard is 75 at the timeout; so is an update that stops half-way, which is kept")
    func silence() throws {
        let quiet = try #require(failureOf(try link.receive(options(timeout: .milliseconds(300)))))
        #expect(quiet.kind == .timedOut && quiet.description.contains("nothing heard"))
        let update = try TestUpdate(content(50_000), key: Self.key)
        let packets = Array(update.packets()[..<60])
        let sender = TestTransmitter(link, packets)
        let receiver = try link.receive(options(timeout: .milliseconds(700)))
        let stopped = try #require(failureOf(receiver))
        #expect(stopped.kind == .timedOut && stopped.description.contains("symbols"))
        let kept = try #require(receiver.reports.last).received
        #expect(kept > 0 && directory.read("out") == nil)
        sender.stop()
        let rest = TestTransmitter(link, Array(update.packets()[60...]) + [update.packet(.manifest)])
        let again = try link.receive(options())
        try again.wait { $0.contains { $0.event == .manifest } }
        #expect(again.reports.first { $0.event == .manifest }?.received == kept)
        #expect(try again.wait())
        #expect(directory.read("out") == update.octets && directory.names == ["out"])
        rest.stop()
    }

    @Test("Rubbish and updates without a manifest are 75, and said")
    func noManifest() throws {
        let update = try TestUpdate(content(50_000), key: Self.key)
        let sender = TestTransmitter(link, update.lap().filter { $0 != .manifest }.map { update.packet($0) })
        let early = try #require(failureOf(try link.receive(options(timeout: .milliseconds(400)))))
        #expect(early.kind == .timedOut && early.description.contains("manifest"))
        sender.stop()
        let rubbish = TestTransmitter(link, [[0], Array(repeating: 0xff, count: 100)])
        let other = try #require(failureOf(try link.receive(options(timeout: .milliseconds(400)))))
        #expect(other.kind == .timedOut && other.description.contains("another kind"))
        rubbish.stop()
    }

    @Test("What an earlier run left and was damaged since is thrown away and received again")
    func damaged() throws {
        let update = try TestUpdate(content(50_000), key: Self.key)
        let sender = TestTransmitter(link, Array(update.packets()[..<120]))
        _ = failureOf(try link.receive(options(timeout: .milliseconds(700))))
        sender.stop()
        let partial = try #require(directory.names.first)
        let number = open(directory(partial), O_WRONLY)
        #expect(pwrite(number, "damage", 6, 0) == 6)
        close(number)
        let whole = TestTransmitter(link, update.packets())
        #expect(try link.receive(options()).wait())
        #expect(directory.read("out") == update.octets && directory.names == ["out"])
        whole.stop()
    }

    // MARK: the next update, and the command

    @Test("The command is run once, with what it needs to know; what is there already is not installed again")
    func command() throws {
        let update = try TestUpdate(content(9_000), key: Self.key, sequence: 12, vendor: "acme", deviceClass: "gateway")
        let sender = TestTransmitter(link, update.packets())
        var options = options()
        options.command = [
            "sh", "-c",
            "cmp \"$LCUPDATE_FILE\" \(directory("out")) && echo \"$1 $LCUPDATE_SEQUENCE $LCUPDATE_OBJECT_ID $LCUPDATE_SIZE "
                + "$LCUPDATE_VENDOR $LCUPDATE_CLASS $LCUPDATE_NAME\" >> \(directory("log"))", "sh", "one",
        ]
        #expect(try link.receive(options).wait())
        #expect(try link.receive(options).wait())
        let log = String(decoding: try #require(directory.read("log")), as: UTF8.self)
        #expect(log == "one 12 \(update.manifest.object) 9000 acme gateway update.bin\n")
        sender.stop()
    }

    @Test("A command that fails is 1 and is said; it is run again the next time", arguments: ["exit 3", "kill -9 $$"])
    func commandFails(script: String) throws {
        let update = try TestUpdate(content(9_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        var options = options()
        options.command = ["sh", "-c", "echo run >> \(directory("log")); \(script)"]
        for round in 1...2 {
            let failure = try #require(failureOf(try link.receive(options)))
            #expect(failure.kind == .failed && failure.description.contains("the update is at"))
            #expect(directory.read("out") == update.octets)
            #expect(directory.read("log")?.count == 4 * round)
        }
        options.command = [directory("missing")]
        #expect(failureOf(try link.receive(options))?.kind == .failed)
        sender.stop()
    }

    @Test(
        "With --follow the next update is taken after the first, also after leaving the group in between",
        arguments: [0, 0.3])
    func follow(interval: Double) throws {
        let updates = try (1...2).map { number in
            try TestUpdate(content(30_000, seed: number), key: Self.key, sequence: number)
        }
        var options = options(timeout: .seconds(20))
        options.follows = true
        options.followInterval = .seconds(interval)
        options.command = ["sh", "-c", "echo $LCUPDATE_SEQUENCE >> \(directory("log"))"]
        let receiver = try link.receive(options)
        let first = TestTransmitter(link, updates[0].packets())
        try receiver.wait { $0.contains { $0.event == .complete } }
        usleep(500_000)
        first.stop()
        let second = TestTransmitter(link, updates[1].packets())
        try receiver.wait { $0.filter { $0.event == .complete }.count == 2 }
        try eventually { directory.read("log") == Array("1\n2\n".utf8) }
        #expect(directory.read("out") == updates[1].octets)
        #expect(try receiver.stop())
        second.stop()
    }
}
