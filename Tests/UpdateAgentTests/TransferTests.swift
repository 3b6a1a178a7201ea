import Glibc
import IPv6
import LinuxNetwork
import TestFiles
import Testing
import UpdateTransport
import UpdateTrust

@testable import UpdateAgent

/// ff1e::8000:42
let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x8000_0042)
/// 2001:db8::1 and ::2
let addresses = [1, 2].map { IPv6Address(high: 0x2001_0db8_0000_0000, low: $0) }

@Suite("Transfers between namespaces", .serialized)
struct TransferTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    @Test("Files of any size arrive", arguments: [0, 1, 1_211, 1_212, 1_213, 2_424, 300_000])
    func sizes(size: Int) throws {
        let octets = content(size)
        let update = try SampleUpdate(octets, in: directory)
        let sender = try link.send(update.sending())
        let receiver = try link.receive(receiveOptions(directory("out"), trust: try update.trust))
        #expect(try receiver.wait())
        #expect(directory.read("out") == octets)
        #expect(directory.names.contains("out") && !directory.names.contains { $0.contains("partial") })
        #expect(receiver.reports.map(\.event).filter { $0 != .progress } == [.waiting, .manifest, .complete])
        #expect(receiver.reports.last?.percent == 100)
        try sender.stop()
        #expect(sender.reports.first?.event == .sending)
        #expect(sender.reports.last?.event == .stopped)
    }

    @Test("A file of zeros arrives: what has come is never known by its contents")
    func zeros() throws {
        let octets = [UInt8](repeating: 0, count: 500_000)
        let update = try SampleUpdate(octets, in: directory)
        let sender = try link.send(update.sending())
        #expect(try link.receive(receiveOptions(directory("out"), trust: try update.trust)).wait())
        #expect(directory.read("out") == octets)
        try sender.stop()
    }

    @Test("Receivers that join one after the other all get the file, and one that leaves disturbs nobody")
    func lateJoin() throws {
        let octets = content(1_000_000)
        let update = try SampleUpdate(octets, in: directory)
        let sender = try link.send(update.sending(rate: "40M"))
        let first = try link.receive(receiveOptions(directory("first"), trust: try update.trust))
        let leaving = try link.receive(receiveOptions(directory("leaving"), trust: try update.trust))
        try first.wait { $0.contains { $0.event == .manifest } }
        let second = try link.receive(receiveOptions(directory("second"), trust: try update.trust))
        #expect(try !leaving.stop())
        #expect(try first.wait())
        #expect(try second.wait())
        #expect(directory.read("first") == octets)
        #expect(directory.read("second") == octets)
        #expect(!directory.names.contains("leaving"), "its beginning is kept for the next time, under another name")
        try sender.stop()
    }

    @Test("Jumbo packets work where the link carries them")
    func jumbo() throws {
        let link = try UpdateLink(mtu: 9_216)
        let octets = content(100_000)
        let update = try SampleUpdate(octets, in: directory, symbolSize: 9_148)
        var options = update.sending()
        options.mtu = 9_216
        let sender = try link.send(options)
        #expect(try link.receive(receiveOptions(directory("out"), trust: try update.trust)).wait())
        #expect(directory.read("out") == octets)
        try sender.stop()
    }

    @Test("Two senders of one file add up to one object")
    func twoSenders() throws {
        let octets = content(500_000)
        let update = try SampleUpdate(octets, in: directory)
        let senders = try addresses.map { address in
            var options = update.sending(rate: "20M", start: .random)
            options.source = address
            return try link.send(options)
        }
        let receiver = try link.receive(receiveOptions(directory("out"), trust: try update.trust))
        #expect(try receiver.wait())
        #expect(directory.read("out") == octets)
        let ids = Set(senders.flatMap { $0.reports.map(\.objectID) } + receiver.reports.compactMap(\.objectID))
        #expect(ids.count == 1)
        #expect(senders.map { $0.reports.first?.sourceAddress } == ["2001:db8::1", "2001:db8::2"])
        for sender in senders { try sender.stop() }
    }

    @Test("A source-specific receiver hears its source only")
    func sourceSpecific() throws {
        let wanted = content(50_000, seed: 1)
        let other = content(50_000, seed: 2)
        let updates = try [other, wanted].enumerated().map { try SampleUpdate($1, in: directory, name: "\($0).lcu") }
        let senders = try updates.enumerated().map { index, update in
            var options = update.sending()
            options.source = addresses[index]
            return try link.send(options)
        }
        var options = receiveOptions(directory("out"), trust: try updates[1].trust)
        options.source = addresses[1]
        #expect(try link.receive(options).wait())
        #expect(directory.read("out") == wanted)
        for sender in senders { try sender.stop() }
    }

    @Test("A receiver on the sender's own interface hears it too")
    func sameInterface() throws {
        let octets = content(50_000)
        let update = try SampleUpdate(octets, in: directory)
        let sender = try link.send(update.sending())
        var options = receiveOptions(directory("out"), trust: try update.trust)
        options.interface = "va"
        #expect(try link.receive(options).wait())
        #expect(directory.read("out") == octets)
        try sender.stop()
    }

    @Test("Without --interface both pick that of the default route")
    func defaultInterface() throws {
        try link.ip("link", "add", "aa", "type", "veth", "peer", "name", "ab")
        try link.ip("link", "set", "aa", "up")
        try link.ip("link", "set", "ab", "up")
        try link.ip("route", "add", "default", "via", "2001:db8::9", "dev", "va")
        let update = try SampleUpdate(5_000, in: directory)
        var options = update.sending()
        options.interface = nil
        let sender = try link.send(options)
        #expect(try link.receive(receiveOptions(directory("out"), trust: try update.trust)).wait())
        #expect(sender.reports.first?.interface == "va")
        try sender.stop()
    }

    @Test("The rate is kept", arguments: ["2M", "20M", "100M"])
    func rate(text: String) throws {
        let sender = try link.send(SampleUpdate(200_000, in: directory).sending(rate: text))
        try sender.wait { $0.contains { $0.event == .statistics } }
        try sender.stop()
        let measured = try #require(sender.reports.first { $0.event == .statistics }).rate
        let wanted = Double(try #require(BitRate(text)).bitsPerSecond)
        // A busy machine may take some of it; nothing may add to it.
        #expect(measured > wanted * 0.7 && measured < wanted * 1.03)
    }
}
