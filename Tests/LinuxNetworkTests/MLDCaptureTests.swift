import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import Testing

@Suite("MLD capture by libpcap", .needsNetworkPrivileges, .serialized)
struct MLDCaptureTests {
    private func hear(_ capture: borrowing MLDCapture, _ what: String, count: Int = 1) throws -> [HeardMLD] {
        var heard: [HeardMLD] = []
        try eventually(what, watching: capture.descriptor) {
            try capture.receive { octets, arrival in
                // Not the host's own joins, of its solicited-node groups, when the interface came up.
                if arrival.source == Self.crafted { heard.append(HeardMLD(octets, arrival)) }
            }
            return heard.count >= count
        }
        return heard
    }

    private static let crafted = IPv6Address(high: 0xfe80_0000_0000_0000, low: 9)

    private func send(_ frames: [[UInt8]], on interface: Int32) throws {
        let sender = try PacketSocket(interface: interface, receiveBuffer: 0)
        var batch = FrameBatch(capacity: frames.count, room: 2000)
        for frame in frames where !batch.append(frame.span.bytes) { throw TestFailure("frame does not fit") }
        guard try sender.send(batch) == frames.count else { throw TestFailure("not all frames sent") }
    }

    @Test("the same report of a host is heard as by the raw socket")
    func report() throws {
        let network = try TestNetwork()
        let group = try address("ff3e::8000:1")
        let (captured, received) = try network.router.perform {
            let capture = try MLDCapture(interface: network.lan)
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            return try network.host.perform {
                let listener = try TestDatagramSocket()
                try listener.join(group, interface: network.eth)
                var captured: HeardMLD?
                var received: HeardMLD?
                try eventually("both", watching: capture.descriptor) {
                    try capture.receive {
                        let message = HeardMLD($0, $1)
                        if message.names(group) && captured == nil { captured = message }
                    }
                    try socket.receive {
                        let message = HeardMLD($0, $1)
                        if message.names(group) && received == nil { received = message }
                    }
                    return captured != nil && received != nil
                }
                return (captured, received)
            }
        }
        #expect(captured == received)
        #expect(captured?.arrival.routerAlert == true)
    }

    @Test("C3 C4 checksums, options, hop limits and groups are reported as they are on the wire")
    func craftedFrames() throws {
        let network = try TestNetwork()
        let group = try address("ff1e::77")
        let message = mldMessage(type: 131, group: group)
        let long: [UInt8] = [58, 2, 1, 12] + [UInt8](repeating: 0, count: 12) + [5, 2, 0, 0, 1, 2, 0, 0]
        let other: [UInt8] = [58, 0, 5, 2, 0, 1, 1, 0]  // Router Alert for RSVP
        let frames = [
            mldFrame(message, from: Self.crafted, to: group),
            mldFrame(message, from: Self.crafted, to: group, checksumError: 1),
            mldFrame(message, from: Self.crafted, to: group, options: long),
            mldFrame(message, from: Self.crafted, to: group, options: other),
            mldFrame(message, from: Self.crafted, to: group, options: []),
            // Padding of the link behind the packet does not count.
            mldFrame(message, from: Self.crafted, to: group) + [1, 2, 3],
        ]
        let heard = try network.router.perform {
            let capture = try MLDCapture(interface: network.lan)
            try network.host.perform { try send(frames, on: network.eth) }
            return try hear(capture, "crafted frames", count: frames.count)
        }
        #expect(heard.map(\.arrival.defect) == [nil, .checksum, nil, nil, nil, nil])
        #expect(heard.map(\.arrival.routerAlert) == [true, true, true, false, false, true])
        #expect(heard.allSatisfy { $0.octets.count == 24 && $0.names(group) && $0.arrival.destination == group })
        #expect(heard.allSatisfy { $0.arrival.hopLimit == 1 && $0.arrival.interface == network.lan })
    }

    @Test("M7 what is no MLD, or cut short, or sent by this host, is left out")
    func leftOut() throws {
        let network = try TestNetwork()
        let group = try address("ff1e::77")
        let message = mldMessage(type: 131, group: group)
        var short = mldFrame(message, from: Self.crafted, to: group)
        short[19] += 8  // the payload length says more than there is
        var echo = message
        echo[0] = 128
        let last = mldFrame(mldMessage(type: 132, group: group), from: Self.crafted, to: group)
        let heard = try network.router.perform {
            let capture = try MLDCapture(interface: network.lan)
            try send([mldFrame(message, from: Self.crafted, to: group)], on: network.lan)
            try network.host.perform {
                try send([short, mldFrame(echo, from: Self.crafted, to: group), last], on: network.eth)
            }
            return try hear(capture, "last frame")
        }
        #expect(heard.map(\.type) == [132])
    }

    @Test("a link that goes down and comes back is captured on")
    func downAndUp() throws {
        let network = try TestNetwork()
        let frame = mldFrame(mldMessage(type: 132, group: .allNodes), from: Self.crafted, to: .allRouters)
        let heard = try network.router.perform {
            let capture = try MLDCapture(interface: network.lan)
            try ip("link set lan0 down", in: network.router.descriptor.number)
            for _ in 0..<3 { try capture.receive { _, _ in } }
            try ip("link set lan0 up", in: network.router.descriptor.number)
            try network.host.perform { try send([frame], on: network.eth) }
            return try hear(capture, "frame after up")
        }
        #expect(heard.count == 1)
    }

    @Test("an interface that is gone ends the capture with an error")
    func gone() throws {
        let network = try TestNetwork()
        let error = try network.router.perform { () -> CaptureError? in
            let capture = try MLDCapture(interface: network.lan)
            try ip("link delete lan0", in: network.router.descriptor.number)
            var failure: CaptureError?
            try eventually("error", watching: capture.descriptor) {
                do throws(CaptureError) { try capture.receive { _, _ in } } catch { failure = error }
                return failure != nil
            }
            return failure
        }
        #expect(error?.description.hasPrefix("capture on lan0") == true)
    }

    private func refusal(_ interface: Int32, in namespace: borrowing NetworkNamespace) throws -> CaptureError? {
        try namespace.perform {
            do throws(CaptureError) { _ = try MLDCapture(interface: interface) } catch { return error }
            return nil
        }
    }

    @Test("an interface that is not there is refused with its index")
    func refusedAbsent() throws {
        let namespace = try NetworkNamespace.anonymous()
        #expect(try refusal(9999, in: namespace) == .noSuchInterface("interface index 9999"))
    }

    @Test(
        "an interface that is not Ethernet is refused with what it is",
        .enabled(if: access("/dev/net/tun", R_OK | W_OK) == 0, "needs root: /dev/net/tun is not open to this user"))
    func refusedKind() throws {
        let namespace = try NetworkNamespace.anonymous()
        let descriptor = namespace.descriptor.number
        try ip("tuntap add tunnel mode tun", in: descriptor)
        try ip("link set tunnel up", in: descriptor)
        let tunnel = try namespace.perform { Int32(if_nametoindex("tunnel")) }
        let error = try refusal(tunnel, in: namespace)
        guard case .linkType(_, interface: "tunnel") = error else {
            Issue.record("expected a link type error, got \(error.map(\.description) ?? "none")")
            return
        }
    }
}
