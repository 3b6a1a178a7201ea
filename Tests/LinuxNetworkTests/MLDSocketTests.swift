import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import Testing

@Suite("MLD socket on the real kernel", .needsNetworkPrivileges, .serialized)
struct MLDSocketTests {
    /// Everything the router's socket hears until it heard what is looked for.
    private func hear(
        _ socket: borrowing MLDSocket, _ what: String, until found: (HeardMLD) -> Bool
    ) throws -> HeardMLD {
        var heard: HeardMLD?
        try eventually(what, watching: socket.descriptor) {
            try socket.receive { octets, arrival in
                let message = HeardMLD(octets, arrival)
                if heard == nil && found(message) { heard = message }
            }
            return heard != nil
        }
        guard let heard else { throw TestFailure(what) }
        return heard
    }

    @Test("C19 a host's join is heard as a report with hop limit 1, Router Alert, its link-local source and interface")
    func report() throws {
        let network = try TestNetwork()
        let group = try address("ff3e::8000:1")
        let heard = try network.router.perform {
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            return try network.host.perform {
                let listener = try TestDatagramSocket()
                try listener.join(group, interface: network.eth)
                return try hear(socket, "report") { $0.type == 143 && $0.names(group) }
            }
        }
        #expect(heard.arrival.destination == .allMLDv2Routers)
        #expect(heard.arrival.source.isLinkLocal)
        #expect(heard.arrival.hopLimit == 1)
        #expect(heard.arrival.routerAlert)
        #expect(heard.arrival.interface == network.lan)
        #expect(heard.arrival.defect == nil)
    }

    @Test("a general query makes a host report the groups that it has")
    func query() throws {
        let network = try TestNetwork()
        let group = try address("ff3e::8000:2")
        let heard = try network.host.perform {
            let listener = try TestDatagramSocket()
            try listener.join(group, interface: network.eth)
            return try network.router.perform {
                let socket = try MLDSocket()
                try socket.join(interface: network.lan)
                let query = mldMessage(type: 130, maximumResponse: 1, group: .unspecified, rest: [2, 125, 0, 0])
                try socket.send(query.span.bytes, to: .allNodes, interface: network.lan)
                return try hear(socket, "answer") {
                    // Record type 1 or 2, a current state: an answer, no report of the change when the host joined.
                    $0.type == 143 && $0.names(group) && $0.octets.count > 8 && ($0.octets[8] == 1 || $0.octets[8] == 2)
                }
            }
        }
        #expect(heard.arrival.routerAlert)
    }

    @Test("C1 C15 a specific query to a group of global scope goes out from the link-local source that is given")
    func specificQuery() throws {
        let network = try TestNetwork()
        let group = try address("ff3e::8000:3")
        let (heard, own) = try network.host.perform {
            let capture = try MLDCapture(interface: network.eth)
            let own = try network.router.perform {
                let own = try LinkMonitor().link(named: "lan0")?.linkLocalAddress ?? .unspecified
                let query = mldMessage(type: 130, maximumResponse: 1000, group: group, rest: [2, 125, 0, 0])
                try MLDSocket().send(query.span.bytes, to: group, from: own, interface: network.lan)
                return own
            }
            var heard: HeardMLD?
            try eventually("query on the wire", watching: capture.descriptor) {
                try capture.receive { octets, arrival in
                    if octets.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 130 { heard = HeardMLD(octets, arrival) }
                }
                return heard != nil
            }
            return (heard, own)
        }
        #expect(own.isLinkLocal)
        #expect(heard?.arrival.source == own)
        #expect(heard?.arrival.destination == group)
        #expect(heard?.arrival.hopLimit == 1)
        #expect(heard?.arrival.routerAlert == true)
        #expect(heard?.arrival.defect == nil)
    }

    @Test("the socket hears its own query, for its own listeners' sake")
    func ownQuery() throws {
        let network = try TestNetwork()
        let (heard, own) = try network.router.perform {
            let own = try LinkMonitor().link(named: "lan0")?.linkLocalAddress
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            let query = mldMessage(type: 130, maximumResponse: 1, group: .unspecified, rest: [2, 125, 0, 0])
            try socket.send(query.span.bytes, to: .allNodes, interface: network.lan)
            return (try hear(socket, "own query") { $0.type == 130 }, own)
        }
        #expect(heard.arrival.source == own)
        #expect(heard.octets.count == 28)
    }

    @Test("C19 a version 1 host's Done is heard, and its report too while a routing table is owned")
    func version1() throws {
        let network = try TestNetwork()
        try sysctl("net/ipv6/conf/eth0/force_mld_version", "1", in: network.host.descriptor.number)
        let group = try address("ff1e::8000:4")
        let (report, done) = try network.router.perform {
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            let table = try MulticastRoutingSocket()
            try table.add(#require(MIF(rawValue: 0)), interface: network.lan)
            return try network.host.perform {
                let listener = try TestDatagramSocket()
                try listener.join(group, interface: network.eth)
                let report = try hear(socket, "v1 report") { $0.type == 131 && $0.names(group) }
                try listener.leave(group, interface: network.eth)
                return (report, try hear(socket, "done") { $0.type == 132 && $0.names(group) })
            }
        }
        #expect(report.arrival.destination == group)
        #expect(report.octets.count == 24)
        #expect(done.arrival.destination == .allRouters)
    }

    @Test("join and leave can be repeated; an interface that does not exist is refused by name of the call")
    func membership() throws {
        let network = try TestNetwork()
        let error = try network.router.perform { () -> SystemError? in
            let socket = try MLDSocket()
            for _ in 0..<2 { try socket.join(interface: network.lan) }
            for _ in 0..<2 { try socket.leave(interface: network.lan) }
            try socket.join(interface: network.lan)
            try socket.leave(interface: 9999)
            do throws(SystemError) { try socket.join(interface: 9999) } catch { return error }
            return nil
        }
        #expect(error?.errno == ENODEV)
        #expect(error?.call.contains("9999") == true)
    }

    @Test("32 interfaces can be joined with the default limits of the kernel")
    func manyInterfaces() throws {
        let namespace = try NetworkNamespace.anonymous()
        for number in 0..<32 {
            try ip("link add d\(number) type bridge", in: namespace.descriptor.number)
            try ip("link set d\(number) up", in: namespace.descriptor.number)
        }
        try namespace.perform {
            let socket = try MLDSocket()
            for number in 0..<32 { try socket.join(interface: Int32(if_nametoindex("d\(number)"))) }
        }
    }

    @Test("the receive buffer is what was asked for, doubled by the kernel, where that is permitted")
    func receiveBuffer() throws {
        let namespace = try NetworkNamespace.anonymous()
        let (size, drops) = try namespace.perform {
            let socket = try MLDSocket(receiveBuffer: 100_000)
            return (socket.receiveBufferSize, socket.drops)
        }
        #expect(size == 200_000)
        #expect(drops == 0)
    }

    @Test("a message longer than there is room for is told as too long, by socket and capture alike")
    func tooLong() throws {
        let network = try TestNetwork()
        try ip("link set lan0 mtu 12000", in: network.router.descriptor.number)
        try ip("link set eth0 mtu 12000", in: network.host.descriptor.number)
        let source = try address("fe80::9")
        let long = mldFrame(
            mldMessage(type: 132, group: .allNodes, rest: [UInt8](repeating: 0, count: 10_000)), from: source,
            to: .allRouters)
        let short = mldFrame(mldMessage(type: 132, group: .allNodes), from: source, to: .allRouters)
        let heard = try network.router.perform {
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            let capture = try MLDCapture(interface: network.lan, mtu: 9000)
            try network.host.perform {
                let sender = try PacketSocket(interface: network.eth, receiveBuffer: 0)
                var frames = FrameBatch(capacity: 2, room: 12_000)
                guard frames.append(long.span.bytes), frames.append(short.span.bytes), try sender.send(frames) == 2
                else { throw TestFailure("not sent") }
            }
            var (received, captured): ([MLDArrival.Defect?], [MLDArrival.Defect?]) = ([], [])
            try eventually("both", watching: socket.descriptor) {
                try socket.receive { if $1.source == source { received.append($1.defect) } }
                try capture.receive { if $1.source == source { captured.append($1.defect) } }
                return received.count >= 2 && captured.count >= 2
            }
            return [received, captured]
        }
        #expect(heard == [[.tooLong, nil], [.tooLong, nil]])
    }

    @Test("messages that the buffer cannot hold are counted, and the limit of one call is kept")
    func drops() throws {
        let network = try TestNetwork()
        let (first, all, drops, counted) = try network.router.perform {
            let socket = try MLDSocket(receiveBuffer: 20_000)
            try socket.join(interface: network.lan)
            try network.host.perform {
                let sender = try PacketSocket(interface: network.eth, receiveBuffer: 0)
                var frames = FrameBatch(capacity: 200, room: 256)
                let message = mldMessage(type: 132, group: try address("ff3e::1"))
                let frame = mldFrame(message, from: try address("fe80::9"), to: .allRouters)
                while frames.append(frame.span.bytes) {}
                var sent = 0
                while sent < frames.count { sent += try sender.send(frames, from: sent) }
            }
            try eventually("drops") { socket.drops > 0 }
            let first = try socket.receive(limit: 1) { _, _ in }
            var all = first
            try eventually("drained") {
                let count = try socket.receive { _, _ in }
                all += count
                return count == 0
            }
            // The messages that came after the loss tell of it; one more comes when there is room again.
            try network.host.perform {
                let sender = try PacketSocket(interface: network.eth, receiveBuffer: 0)
                var frames = FrameBatch(capacity: 1, room: 256)
                let message = mldMessage(type: 132, group: try address("ff3e::1"))
                _ = frames.append(
                    mldFrame(message, from: try address("fe80::9"), to: .allRouters).span.bytes)
                _ = try sender.send(frames)
            }
            try eventually("one more", watching: socket.descriptor) { try socket.receive { _, _ in } > 0 }
            return (first, all, socket.drops, (socket.takeDrops(), socket.takeDrops()))
        }
        #expect(counted.0 == [network.lan: UInt64(drops)])
        #expect(counted.1 == [:])
        #expect(first > 0 && first <= 32)
        #expect(all + Int(drops) >= 200)
    }
}
