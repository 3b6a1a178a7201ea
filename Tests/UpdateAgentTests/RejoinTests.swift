import CLinux
import Glibc
import LinuxSystem
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

/// One receiver goes through all that happens to an interface, and after each it receives the next update.
@Suite("A receiver joins again", .serialized)
struct RejoinTests {
    private static let key = TestKey()
    let directory: TemporaryDirectory
    let link: UpdateLink

    /// `va` and `vb` are ports of a switch, so that `vb` may go while `va` stays.
    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
        try ip("link del va")
        try ip("link add sw type bridge")
        try ip("link set sw up")
        try connect("va")
        try ip("address add 2001:db8::1/64 dev va nodad")
        try connect("vb")
    }

    private func ip(_ words: String) throws { try link.ip(words.split(separator: " ").map(String.init)) }

    /// Makes an interface that is connected to the switch, whose port is called after `port`.
    private func connect(_ name: String, port: String? = nil) throws {
        let port = "sw-\(port ?? name)"
        try ip("link add \(name) type veth peer name \(port)")
        try ip("link set \(port) master sw up")
        try ip("link set \(name) up")
        try link.waitUntilRunning(name)
    }

    private func options(on interface: String?) -> ReceiveOptions {
        var options = receiveOptions(directory("out"), trust: Self.key.trust)
        options.interface = interface
        options.timeout = nil
        options.follows = true
        options.followInterval = .zero
        return options
    }

    /// Sends the next update, and waits until it is there.
    private func expectNext(_ number: Int, to receiver: Running<ReceiveReport>, after what: String) throws {
        let update = try TestUpdate(content(3_000, seed: UInt64(number)), key: Self.key, sequence: UInt64(number))
        let sender = TestTransmitter(link, update.packets())
        defer { sender.stop() }
        for _ in 0..<1_600 where receiver.reports.last(where: { $0.event == .complete })?.sequence != UInt64(number) {
            usleep(5_000)
        }
        #expect(receiver.reports.last { $0.event == .complete }?.sequence == UInt64(number), "deaf after: \(what)")
        #expect(directory.read("out") == update.octets, "wrong octets after: \(what)")
    }

    @Test("after whatever has happened to the interface that it was given")
    func named() throws {
        try ip("link del vb")
        let receiver = try link.receive(options(on: "vb"))
        try receiver.wait { $0.contains { $0.event == .waiting } }
        var number = 0
        func step(_ what: String, _ commands: [String], or more: () throws -> Void = {}) throws {
            for command in commands { try ip(command) }
            try more()
            number += 1
            try expectNext(number, to: receiver, after: what)
        }
        try step("missing at the start", []) { try connect("vb") }
        try step("deleted and made again", ["link del vb"]) { try connect("vb") }
        try step("deleted, waited for, and made again", ["link del vb"]) {
            usleep(100_000)
            try connect("vb")
        }
        try step("MTU too small for IPv6 for a moment", ["link set vb mtu 1000", "link set vb mtu 1500"])
        try step("MTU too small for IPv6 for a while", ["link set vb mtu 1000"]) {
            usleep(100_000)
            try ip("link set vb mtu 1500")
        }
        try step("down and up", ["link set vb down", "link set vb up"])
        try step("no carrier for a while", ["link set sw-vb down", "link set sw-vb up"])
        try step("IPv6 disabled and enabled", []) {
            try link.sysctl("net/ipv6/conf/vb/disable_ipv6", "1")
            usleep(50_000)
            try link.sysctl("net/ipv6/conf/vb/disable_ipv6", "0")
        }
        try step("another address", ["link set vb down", "link set vb address 02:00:00:00:00:99", "link set vb up"])
        try step("no address", ["address flush dev vb"])
        try step("in a bridge and out again", ["link add br0 type bridge", "link set vb master br0"]) {
            usleep(100_000)
            try ip("link set vb nomaster")
        }
        try step("renamed", ["link set vb down", "link set vb name vc", "link set vc up"])
        try step("another one has the name", ["link set sw-vb nomaster"]) { try connect("vb", port: "v2") }
        #expect(receiver.reports.last?.interface == "vb")
        #expect(!receiver.reports.contains { $0.event == .failed })
        #expect(try receiver.stop())
    }

    @Test("as a sender sends, if the interface is given by an alternative name")
    func alternativeName() throws {
        let name = "an-alternative-name-of-the-interface"
        try ip("link property add dev vb altname \(name)")
        let receiver = try link.receive(options(on: name))
        try expectNext(1, to: receiver, after: "the start")
        #expect(receiver.reports.last?.interface == "vb")
        try ip("link del vb")
        try connect("vb")
        try ip("link property add dev vb altname \(name)")
        try expectNext(2, to: receiver, after: "deleted and made again")
        #expect(try receiver.stop())
        try ip("link property add dev va altname the-sender-s-interface")
        let update = try SampleUpdate(5_000, in: directory)
        var sending = update.sending()
        sending.interface = "the-sender-s-interface"
        let sender = try link.send(sending)
        var receiving = options(on: "vb")
        receiving.follows = false
        receiving.trust = try update.trust
        #expect(try link.receive(receiving).wait())
        #expect(sender.reports.last?.interface == "va")
        try sender.stop()
    }

    @Test("where the default route has gone, if it was given no interface")
    func routed() throws {
        for name in ["v1", "v2"] {
            try connect(name)
            try ip("address add 2001:db8:\(name.last ?? "0")::2/64 dev \(name) nodad")
        }
        try ip("link set vb down")
        try ip("route add default via 2001:db8:1::1 dev v1 metric 100")
        let receiver = try link.receive(options(on: nil))
        try receiver.wait { $0.contains { $0.event == .waiting } }
        #expect(receiver.reports.last?.interface == "v1")
        try expectNext(1, to: receiver, after: "the start")
        try ip("route add default via 2001:db8:2::1 dev v2 metric 50")
        usleep(100_000)
        // Nothing comes through the first one any more.
        try ip("link set sw-v1 nomaster")
        try expectNext(2, to: receiver, after: "the default route leads elsewhere")
        #expect(receiver.reports.last?.interface == "v2")
        try ip("link set sw-v1 master sw")
        try ip("link del v2")
        try expectNext(3, to: receiver, after: "the interface of the default route is gone")
        #expect(receiver.reports.last?.interface == "v1")
        #expect(try receiver.stop())
    }

    @Test("when another program's old membership has taken its own away")
    func stolen() throws {
        var options = options(on: "vb")
        options.networkExamination = .milliseconds(300)
        let receiver = try link.receive(options)
        try receiver.wait { $0.contains { $0.event == .waiting } }
        // A socket that joined before the interface lost IPv6, and is closed after the receiver has joined again.
        let index = try link.perform { if_nametoindex("vb") }
        let old = try link.perform { lc_udp_socket() }
        var (to, from) = (in6_addr(), in6_addr())
        inet_pton(AF_INET6, group.description, &to)
        try check("join", lc_udp_join(old, index, &to, &from))
        try ip("link set vb mtu 1000")
        try ip("link set vb mtu 1500")
        try eventually { isMember("vb") }
        close(old)  // the kernel takes the interface out of the group
        try expectNext(1, to: receiver, after: "its membership was taken away")
        #expect(try receiver.stop())
    }

    private func isMember(_ interface: String) -> Bool {
        let lines = (try? link.perform { try Self.memberships() }) ?? []
        return lines.contains { $0.contains(" \(interface) ") && $0.contains("ff1e0000000000000000000080000042") }
    }

    private static func memberships() throws -> [Substring] {
        let file = try Descriptor("open igmp6", Glibc.open("/proc/thread-self/net/igmp6", O_RDONLY | O_CLOEXEC))
        var octets = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(file.number, &octets, octets.count)
        return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n")
    }

    @Test("which ends at the timeout, if it was given one and no --follow")
    func timeout() throws {
        var options = options(on: "vb")
        options.follows = false
        options.timeout = .milliseconds(900)
        let receiver = try link.receive(options)
        try receiver.wait { $0.contains { $0.event == .waiting } }
        try ip("link del vb")
        let failure = try #require(failureOf(receiver))
        #expect(failure.kind == .timedOut)
        #expect(failure.description.contains("waiting for vb, which does not exist"), "\(failure)")
    }
}
