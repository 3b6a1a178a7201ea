import CLinux
import Glibc
import IPv6
import LinuxSystem
import Testing

@testable import LinuxNetwork

@Suite("Multicast routing in the kernel", .needsNetworkPrivileges, .serialized)
struct MulticastRoutingTests {
    /// The test network with a second LAN: `lan1` of the router leads to `eth1` of the same host.
    private func twoLANs() throws -> TestNetwork {
        let network = try TestNetwork()
        let target = "/proc/\(getpid())/fd/\(network.host.descriptor.number)"
        try ip("link add lan1 type veth peer name eth1 netns \(target)", in: network.router.descriptor.number)
        try ip("link set lan1 up", in: network.router.descriptor.number)
        try ip("link set eth1 up", in: network.host.descriptor.number)
        try waitForLinkLocal(named: "lan1", in: network.router)
        try waitForLinkLocal(named: "eth1", in: network.host)
        return network
    }

    private static let source = IPv6Address(high: 0x2001_0db8_0001_0000, low: 2)
    private static let group = IPv6Address(high: 0xff3e_0000_0000_0000, low: 0x8000_0001)
    private static let first = MIF(rawValue: 0).unsafelyUnwrapped
    private static let second = MIF(rawValue: 1).unsafelyUnwrapped

    /// Runs `body` with a table that has lan0 and lan1, in the router's namespace.
    private func withTable<R>(
        _ network: borrowing TestNetwork, _ body: (borrowing MulticastRoutingSocket, _ second: Int32) throws -> R
    ) throws -> R {
        try network.router.perform {
            let table = try MulticastRoutingSocket()
            let lan1 = Int32(if_nametoindex("lan1"))
            try table.add(Self.first, interface: network.lan)
            try table.add(Self.second, interface: lan1)
            return try body(table, lan1)
        }
    }

    /// The next upcall of this kind, while `send` keeps the flow going.
    private func upcall(
        _ kind: MulticastUpcall.Kind, of table: borrowing MulticastRoutingSocket, while send: () throws -> Void
    ) throws -> MulticastUpcall {
        var found: MulticastUpcall?
        try eventually("upcall \(kind)", watching: table.descriptor) {
            try send()
            try table.receiveUpcalls { if $0.kind == kind && found == nil && $0.group == Self.group { found = $0 } }
            return found != nil
        }
        guard let found else { throw TestFailure("no upcall") }
        return found
    }

    @Test("a flow without a route brings one noCache upcall, and its waiting packet is forwarded once there is a route")
    func noCache() throws {
        let network = try twoLANs()
        let (upcall, received, counters) = try withTable(network) { table, _ in
            try network.host.perform {
                let eth1 = Int32(if_nametoindex("eth1"))
                let listener = try TestDatagramSocket()
                try listener.bind(port: 4242)
                try listener.join(Self.group, interface: eth1)
                let sender = try TestDatagramSocket()
                let upcall = try self.upcall(.noCache, of: table) {
                    try sender.send([1, 2, 3], to: Self.group, interface: network.eth)
                }
                try table.setRoute(
                    source: upcall.source, group: upcall.group, incoming: upcall.mif, outgoing: MIFSet(Self.second))
                var received: [UInt8]?
                try eventually("waiting packet", watching: listener.descriptor.number) {
                    received = listener.receive()
                    return received != nil
                }
                try sender.send([4, 5, 6], to: Self.group, interface: network.eth)
                var counters: MulticastRouteCounters?
                try eventually("counters") {
                    counters = try table.counters(source: upcall.source, group: upcall.group)
                    return (counters?.packets ?? 0) >= 2
                }
                return (upcall, received, counters)
            }
        }
        #expect(upcall == MulticastUpcall(kind: .noCache, mif: Self.first, source: Self.source, group: Self.group))
        #expect(received == [1, 2, 3])
        let packets = try #require(counters?.packets)
        #expect(counters?.bytes == packets * (40 + 8 + 3))
        #expect(counters?.wrongInterface == 0)
    }

    @Test("M8 a route without outgoing interfaces drops the flow in the kernel without upcalls, and counts it")
    func negativeRoute() throws {
        let network = try twoLANs()
        let (upcalls, counters) = try withTable(network) { table, _ in
            try table.setRoute(source: Self.source, group: Self.group, incoming: Self.first, outgoing: [])
            return try network.host.perform {
                let sender = try TestDatagramSocket()
                var counters: MulticastRouteCounters?
                try eventually("counters") {
                    try sender.send([1], to: Self.group, interface: network.eth)
                    counters = try table.counters(source: Self.source, group: Self.group)
                    return (counters?.packets ?? 0) > 0
                }
                var upcalls = 0
                try table.receiveUpcalls { if $0.group == Self.group { upcalls += 1 } }
                return (upcalls, counters)
            }
        }
        #expect(upcalls == 0)
        #expect((counters?.bytes ?? 0) % 49 == 0)
    }

    @Test("packets of a flow on another interface than its route's bring a wrongMIF upcall and are counted")
    func wrongMIF() throws {
        let network = try twoLANs()
        let (upcall, wrong) = try withTable(network) { table, _ in
            try table.setRoute(source: Self.source, group: Self.group, incoming: Self.second, outgoing: [])
            return try network.host.perform {
                let sender = try TestDatagramSocket()
                let upcall = try self.upcall(.wrongMIF, of: table) {
                    try sender.send([1], to: Self.group, interface: network.eth)
                }
                return (upcall, try table.counters(source: Self.source, group: Self.group)?.wrongInterface)
            }
        }
        #expect(upcall.mif == Self.first)
        #expect(upcall.source == Self.source)
        #expect((wrong ?? 0) > 0)
    }

    @Test("routes are replaced and removed, and what is not there is no error")
    func routes() throws {
        let network = try twoLANs()
        let changes = try withTable(network) { table, lan1 in
            let monitor = try MulticastRouteMonitor()
            try table.setRoute(source: Self.source, group: Self.group, incoming: Self.first, outgoing: [])
            try table.setRoute(
                source: Self.source, group: Self.group, incoming: Self.first, outgoing: MIFSet(Self.second))
            try table.removeRoute(source: Self.source, group: Self.group)
            try table.removeRoute(source: Self.source, group: Self.group)
            let gone = try table.counters(source: Self.source, group: Self.group)
            guard gone == nil else { throw TestFailure("counters of a removed route") }
            var changes: [MulticastRouteChange] = []
            try eventually("three changes", watching: monitor.descriptor) {
                try monitor.receive { changes.append($0) }
                return changes.count >= 3
            }
            guard changes[1].outgoing == [lan1] else { throw TestFailure("outgoing \(changes[1].outgoing)") }
            return changes
        }
        #expect(changes.map(\.kind) == [.set, .set, .removed])
        #expect(changes.allSatisfy { $0.source == Self.source && $0.group == Self.group })
        #expect(changes.allSatisfy { $0.incoming == network.lan && $0.timestamp > 1_600_000_000_000_000_000 })
        #expect(changes[0].outgoing == [])
    }

    @Test("a second owner is told which process has the table, and gets it when the first has gone")
    func tableOwned() throws {
        let namespace = try NetworkNamespace.anonymous()
        let (error, active) = try namespace.perform { () -> (MulticastRoutingError?, Bool) in
            var failure: MulticastRoutingError?
            var active = false
            do {
                let first = try MulticastRoutingSocket()
                active = try MulticastForwarding.isActive
                do throws(MulticastRoutingError) { _ = try MulticastRoutingSocket() } catch { failure = error }
                _ = first.descriptor
            }
            // A program that another test is starting can hold a copy of the descriptor until it has executed.
            try eventually("given up") { try !MulticastForwarding.isActive }
            _ = try MulticastRoutingSocket()
            return (failure, active)
        }
        guard case .tableOwned(table: 0, let owners) = error else {
            Issue.record("expected tableOwned, got \(error.map(\.description) ?? "none")")
            return
        }
        // As above: such a program may be named beside.
        #expect(owners.contains { $0.pid == getpid() })
        #expect(error?.description.contains("(pid \(getpid()))") == true)
        #expect(active)
    }

    @Test("other tables have owners of their own, or the kernel is said not to have them")
    func otherTable() throws {
        let namespace = try NetworkNamespace.anonymous()
        try namespace.perform {
            let first = try MulticastRoutingSocket()
            do throws(MulticastRoutingError) {
                let second = try MulticastRoutingSocket(table: 100)
                guard second.table == 100 else { throw .invalid("table \(second.table)") }
            } catch {
                guard error == .notSupported(table: 100) else { throw error }
            }
            _ = first.table
        }
    }

    @Test("what the kernel would take and get wrong is refused")
    func validation() throws {
        let network = try twoLANs()
        func refusal(_ body: () throws -> Void) throws -> String {
            do { try body() } catch let error as MulticastRoutingError { return error.description }
            return "accepted"
        }
        let refusals = try withTable(network) { table, lan1 in
            let third = try #require(MIF(rawValue: 2))
            let linkScope = try address("ff02::5")
            return [
                try refusal { try table.add(third, interface: lan1) },
                try refusal { try table.add(third, interface: 70_000) },
                try refusal {
                    try table.setRoute(source: Self.source, group: linkScope, incoming: Self.first, outgoing: [])
                },
                try refusal {
                    try table.setRoute(
                        source: Self.source, group: Self.group, incoming: Self.first, outgoing: MIFSet(third))
                },
                try refusal { try table.add(third, interface: 9999) },
            ]
        }
        #expect(refusals[0].contains("is MIF 1 already"))
        #expect(refusals[1].contains("1 to 65535"))
        #expect(refusals[2].contains("cannot be forwarded"))
        #expect(refusals[3].contains("no interface"))
        #expect(refusals[4].contains("add MIF 2"))
    }

    @Test("all 32 MIFs can be used, given back and used again; a device that vanished is no error")
    func everyMIF() throws {
        let namespace = try NetworkNamespace.anonymous()
        let descriptor = namespace.descriptor.number
        for number in 0..<33 { try ip("link add d\(number) type bridge", in: descriptor) }
        let full = try namespace.perform { () -> MIFSet in
            let table = try MulticastRoutingSocket()
            for number in 0..<UInt8(MIF.count) {
                let mif = try #require(MIF(rawValue: number))
                try table.add(mif, interface: Int32(if_nametoindex("d\(number)")))
            }
            let full = table.interfaces
            try table.remove(Self.second)
            try table.add(Self.second, interface: Int32(if_nametoindex("d32")))
            try ip("link delete d0", in: descriptor)
            try table.remove(Self.first)
            return full
        }
        #expect(full.rawValue == .max)
        #expect(MIF(rawValue: 32) == nil)
    }

    @Test("a veth pair carries a local sender's packets into the routing, with another interface's address")
    func senderLink() throws {
        let network = try TestNetwork()
        let received = try network.router.perform {
            let pair = try VethPair.create("lcsrc0", "lcsrc1")
            let table = try MulticastRoutingSocket()
            try table.add(Self.first, interface: pair.peerIndex)
            try table.add(Self.second, interface: network.lan)
            let own = try address("2001:db8:1::1")
            let sender = try TestDatagramSocket()
            try sender.bind(own, port: 0)
            let listener = try network.host.perform { () -> Int32 in
                let listener = try TestDatagramSocket()
                try listener.bind(port: 4242)
                try listener.join(Self.group, interface: network.eth)
                return dup(listener.descriptor.number)
            }
            let heard = Descriptor(owning: listener)
            let upcall = try self.upcall(.noCache, of: table) {
                // ENETUNREACH until the kernel has seen the carrier of the new link.
                try? sender.send([9], to: Self.group, interface: pair.index)
            }
            try table.setRoute(
                source: upcall.source, group: Self.group, incoming: Self.first, outgoing: MIFSet(Self.second))
            var received: UInt8 = 0
            try eventually("packet at the host", watching: heard.number) {
                recv(heard.number, &received, 1, Int32(MSG_DONTWAIT)) == 1
            }
            try pair.remove()
            return (received, upcall.source)
        }
        #expect(received.0 == 9)
        #expect(received.1 == (try address("2001:db8:1::1")))
    }
}

@Suite("Multicast routing messages")
struct MulticastRoutingMessageTests {
    private func upcall(_ octets: [UInt8]) -> MulticastUpcall? { MulticastUpcall(parsing: octets.span.bytes) }

    @Test("an upcall is read from its first 40 octets only, and nothing else is taken for one")
    func upcalls() throws {
        let source = try address("2001:db8::1")
        let group = try address("ff3e::1")
        let good: [UInt8] = [0, 1, 3, 0, 0xde, 0xad, 0xbe, 0xef] + source.octets + group.octets
        let expected = MulticastUpcall(
            kind: .noCache, mif: try #require(MIF(rawValue: 3)), source: source, group: group)
        #expect(upcall(good) == expected)
        #expect(upcall(good + [7, 7, 7]) == expected)
        #expect(upcall(Array(good.dropLast())) == nil)
        #expect(upcall([]) == nil)
        for (position, value) in [(0, 143), (1, 0), (1, 5), (2, 32), (3, 1)] as [(Int, UInt8)] {
            var bad = good
            bad[position] = value
            #expect(upcall(bad) == nil, "octet \(position) = \(value)")
        }
    }

    @Test("raw ICMPv6 sockets are found in the kernel's table of raw sockets, others are not")
    func rawSockets() {
        let table = """
              sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
               58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0
               89: 00000000000000000000000000000000:0059 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 0
            nonsense
            """
        #expect(MulticastTableOwner.rawICMPv6Inodes(table) == [4711])
        #expect(MulticastTableOwner.rawICMPv6Inodes("") == [])
    }

    @Test("every way of not getting the table tells the operator what to do")
    func errors() {
        let owned = MulticastRoutingError.tableOwned(
            table: 0, by: [ProcessDescription(pid: 7, name: "pim6sd"), ProcessDescription(pid: 1, name: "systemd")])
        #expect(
            owned.description
                == "IPv6 multicast routing table 0 is owned by one of pim6sd (pid 7), systemd (pid 1): stop that program first"
        )
        #expect(MulticastRoutingError.notPermitted.description.contains("run as root"))
        #expect(MulticastRoutingError.notSupported(table: 0).description.contains("CONFIG_IPV6_MROUTE"))
        #expect(MulticastRoutingError.notSupported(table: 5).description.contains("MULTIPLE_TABLES"))
    }

    @Test("route messages with lengths that cannot be are left, without reading beyond them")
    func hostileNetlink() {
        var count = 0
        for length in [0, 3, 15, 16, 17, 100, 0xffff_ffff] as [UInt32] {
            let datagram = withUnsafeBytes(of: length, Array.init) + [UInt8](repeating: 0, count: 14)
            RouteMessage.forEach(in: datagram.span.bytes) { _, payload in
                count += 1
                RouteMessage.forEachAttribute(in: payload) { _, _ in count += 100 }
            }
        }
        #expect(count == 2)  // lengths 16 and 17
        for length in [0, 3, 5, 0xffff] as [UInt16] {
            let attribute = withUnsafeBytes(of: length, Array.init) + [1, 0, 7]
            RouteMessage.forEachAttribute(in: attribute.span.bytes) { _, value in count += value.byteCount }
        }
        #expect(count == 3)
        let short: [UInt8] = [UInt8(RTNL_FAMILY_IP6MR), 0, 0]
        #expect(MulticastRouteChange(type: UInt16(RTM_NEWROUTE), message: short.span.bytes, timestamp: 0) == nil)
    }
}
