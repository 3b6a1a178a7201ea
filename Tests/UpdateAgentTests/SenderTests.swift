import ALC
import Glibc
import TestFiles
import Testing
import Timing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

@Suite("What a sender sends", .serialized)
struct SenderTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    /// Packets of a sender, at least so many symbols of the object for each that it has.
    private func capture(_ update: SampleUpdate, _ options: SendOptions, laps: Double) throws -> [[UInt8]] {
        let capture = try PacketCapture(on: link)
        let sender = try link.send(options)
        let symbols = Int(Double(2 * update.manifest.layout.object.symbolCount) * laps) + 3
        try eventually { capture.symbols >= symbols }
        try sender.stop()
        let sent = try #require(sender.reports.last)
        try capture.wait(for: Int(sent.packets))
        let packets = capture.packets
        #expect(packets.count == Int(sent.packets))
        #expect(UInt64(capture.symbols) == sent.sourceSymbols + sent.repairSymbols)
        #expect(packets.reduce(0) { $0 + $1.count + 48 } == Int(sent.bytes))
        return packets
    }

    @Test(
        "Everything verifies, hashes come first, and the file comes out of source as of repair symbols",
        arguments: [0, 1, 256, 257, 5_000, 300_000], [SendSchedule.Start.beginning, .random])
    func verifies(size: Int, start: SendSchedule.Start) throws {
        let update = try SampleUpdate(size, in: directory)
        let packets = try capture(update, update.sending(rate: "20M", start: start), laps: 1)
        let reassembly = try Reassembly(update)
        for packet in packets { try reassembly.take(packet) }
        #expect(reassembly.problems == [])
        #expect(reassembly.unknown == 0)
        let hasFile = reassembly.hasFileOfSources
        #expect(hasFile)
        let hasFileOfRepairs = try reassembly.hasFileOfRepairs()
        #expect(hasFileOfRepairs)
        #expect(reassembly.counts[.manifest] ?? 0 >= 1)
        #expect((reassembly.counts[.announcement] ?? 0 >= 1) == (size > 0))
        if start == .beginning, let first = reassembly.symbols.first { #expect(first == (0, 0)) }
        let sessions = Set(try packets.map { try ALCPacket(parsing: $0.span.bytes).lct.tsi })
        #expect(sessions.count == 1)
    }

    @Test("The first packet is the manifest")
    func manifestFirst() throws {
        let update = try SampleUpdate(5_000, in: directory)
        let packets = try capture(update, update.sending(rate: "5M"), laps: 0.1)
        let first = try #require(packets.first)
        let toi = try ALCPacket(parsing: first.span.bytes).lct.toi
        #expect(toi == 3)
    }

    @Test(
        "With a cache that is too small for all repair symbols they are still right, lap after lap",
        arguments: [SendSchedule.Start.beginning, .random, .percent(60)])
    func smallCache(start: SendSchedule.Start) throws {
        let update = try SampleUpdate(200_000, in: directory, blockSymbols: 60)
        var options = update.sending(rate: "20M", start: start)
        options.cache = ByteCount(60_000)
        let packets = try capture(update, options, laps: 3)
        let reassembly = try Reassembly(update)
        for packet in packets { try reassembly.take(packet) }
        #expect(reassembly.problems == [])
        let hasFile = reassembly.hasFileOfSources
        #expect(hasFile)
        let hasFileOfRepairs = try reassembly.hasFileOfRepairs()
        #expect(hasFileOfRepairs)
        let symbols = Set(reassembly.symbols.map { "\($0.block) \($0.esi)" })
        #expect(symbols.count == 2 * update.manifest.layout.object.symbolCount)
    }

    @Test("Where the kernel does not cut batches, the same goes one by one")
    func withoutSegmentation() throws {
        let update = try SampleUpdate(100_000, in: directory)
        var options = update.sending(rate: "50M")
        options.segmentation = false
        let packets = try capture(update, options, laps: 1)
        let reassembly = try Reassembly(update)
        for packet in packets { try reassembly.take(packet) }
        #expect(reassembly.problems == [])
        let hasFile = reassembly.hasFileOfSources
        #expect(hasFile)
    }

    @Test("Two senders of one update are in different places, and both are right")
    func twoSenders() throws {
        let update = try SampleUpdate(300_000, in: directory)
        let capture = try PacketCapture(on: link)
        let senders = try addresses.map { address in
            var options = update.sending(rate: "5M", start: .random)
            options.source = address
            return try link.send(options)
        }
        try capture.wait(for: 600)
        for sender in senders { try sender.stop() }
        var sessions: [UInt64: Reassembly.Summary] = [:]
        for packet in capture.packets {
            let tsi = try ALCPacket(parsing: packet.span.bytes).lct.tsi
            sessions[tsi, default: .init()].packets.append(packet)
        }
        #expect(sessions.count == 2)
        var firsts: [String] = []
        for session in sessions.values {
            let reassembly = try Reassembly(update)
            for packet in session.packets { try reassembly.take(packet) }
            #expect(reassembly.problems == [])
            firsts.append(reassembly.symbols.first.map { "\($0)" } ?? "")
        }
        #expect(Set(firsts).count == 2)
    }

    @Test("The rate is kept", arguments: ["100k", "20M", "100M"])
    func rate(text: String) throws {
        let update = try SampleUpdate(200_000, in: directory, symbolSize: 1_212)
        let sender = try link.send(update.sending(rate: text))
        try sender.wait { $0.contains { $0.event == .statistics } }
        try sender.stop()
        let wanted = Double(try #require(BitRate(text)).bitsPerSecond)
        let measured = sender.reports.filter { $0.event == .statistics }.map(\.rate)
        // A busy machine may take some of it; nothing may add to it but one packet.
        #expect(measured.allSatisfy { $0 < wanted * 1.03 + 1_280 * 8 })
        #expect((measured.max() ?? 0) > wanted * 0.7)
    }

    @Test("It begins at the beginning if listeners make it start, else anywhere")
    func start() throws {
        let update = try SampleUpdate(100_000, in: directory)
        var options = update.sending()
        options.start = nil
        #expect(options.effectiveStart == .random)
        options.trigger = .control(path: "x")
        #expect(options.effectiveStart == .beginning)
    }
}

extension Reassembly {
    /// Packets of a session.
    struct Summary { var packets: [[UInt8]] = [] }
}

@Suite("Updates that are not sent", .serialized)
struct RefusedUpdateTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    private func refusal(_ options: SendOptions) throws -> UpdateFailure? {
        let capture = try PacketCapture(on: link)
        let failure = failure(of: try link.send(options))
        usleep(30_000)
        #expect(capture.count == 0, "something was sent")
        return failure
    }

    @Test("A file that is damaged anywhere")
    func damaged() throws {
        let update = try SampleUpdate(20_000, in: directory)
        let whole = try #require(directory.read("update.lcu"))
        for place in [60, 900, whole.count / 2, whole.count - 1] {
            var octets = whole
            octets[place] ^= 1
            _ = try directory.write(octets, to: "update.lcu")
            #expect(try refusal(update.sending())?.kind == .unverifiable, "octet \(place)")
        }
        _ = try directory.write(Array(whole.dropLast()), to: "update.lcu")
        #expect(try refusal(update.sending())?.kind == .unverifiable)
        _ = try directory.write(Array("no update at all".utf8), to: "update.lcu")
        #expect(try refusal(update.sending())?.kind == .unverifiable)
    }

    @Test("A file that is not there")
    func missing() throws {
        let update = try SampleUpdate(20, in: directory)
        unlink(update.path)
        #expect(try refusal(update.sending())?.kind == .failed)
    }

    @Test("An expired one, and one that expires while it is sent")
    func expired() throws {
        let old = try SampleUpdate(20, in: directory, notAfter: 1_000_000_000)
        let refusal = try #require(try refusal(old.sending()))
        #expect(refusal.kind == .unverifiable && refusal.description.contains("expired at 2001-09-09T01:46:40Z"))
        let soon = try SampleUpdate(20, in: directory, notAfter: UInt64(time(nil)) + 2, name: "soon.lcu")
        let sender = try link.send(soon.sending(rate: "1M"))
        #expect(failure(of: sender)?.kind == .unverifiable)
        #expect(sender.reports.first?.event == .sending)
    }

    @Test("One that another key has signed, if a key was given")
    func key() throws {
        let update = try SampleUpdate(20_000, in: directory)
        var options = update.sending()
        options.keys = [update.keyPath]
        let sender = try link.send(options)
        try sender.wait { $0.contains { $0.event == .sending } }
        try sender.stop()
        options.keys = [try SampleUpdate(20, in: directory, name: "other.lcu").keyPath]
        #expect(try refusal(options)?.kind == .unverifiable)
        options.keys = [directory("nonesuch.pub")]
        #expect(try refusal(options)?.kind == .failed)
    }

    @Test("An unsigned one, unless that was asked for")
    func unsigned() throws {
        let update = try SampleUpdate(20_000, in: directory, isSigned: false)
        var options = update.sending()
        #expect(try refusal(options)?.kind == .unverifiable)
        options.allowsUnsigned = true
        let sender = try link.send(options)
        try sender.wait { $0.contains { $0.event == .sending } }
        try sender.stop()
    }

    @Test("One for larger packets than are allowed, or than the interface carries")
    func mtu() throws {
        let update = try SampleUpdate(20_000, in: directory, symbolSize: ObjectLayout.symbolSize(mtu: 1_501))
        var options = update.sending()
        #expect(try #require(try refusal(options)).description.contains("give --mtu 1500"))
        options.mtu = 1_500
        let small = try UpdateLink(mtu: 1_400)
        let failure = failure(of: try small.send(options))
        #expect(try #require(failure).description.hasSuffix("va carries 1400: sign it again with --mtu 1400"))
        let sender = try link.send(options)
        try sender.wait { $0.contains { $0.event == .sending } }
        try sender.stop()
    }

    @Test("One that changes while it is sent")
    func changes() throws {
        let update = try SampleUpdate(500_000, in: directory)
        let sender = try link.send(update.sending(rate: "1M"))
        try sender.wait { $0.contains { $0.event == .sending } }
        #expect(truncate(update.path, 1_000) == 0)
        #expect(failure(of: sender)?.kind == .failed)
    }
}
