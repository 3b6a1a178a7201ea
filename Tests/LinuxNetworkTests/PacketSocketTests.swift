import CLinux
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Testing

@Suite("Packet socket", .needsNetworkPrivileges, .serialized)
struct PacketSocketTests {
    @Test("frames arrive whole and in order, with direction and the kernel's time", arguments: [false, true])
    func sendAndReceive(bypassesQueue: Bool) throws {
        let network = try TestNetwork()
        let (sent, received) = try network.host.perform {
            let sender = try PacketSocket(
                interface: network.eth, receiveBuffer: 0, bypassesQueue: bypassesQueue)
            let observer = try PacketSocket(interface: network.eth)
            var frames = FrameBatch(capacity: 100, room: 128)
            for number in 0..<100 {
                let message = mldMessage(type: 132, maximumResponse: UInt16(number), group: .allNodes)
                let frame = mldFrame(message, from: try address("fe80::9"), to: .allRouters)
                guard frames.append(frame.span.bytes) else { throw TestFailure("no room") }
            }
            let router = try network.router.perform { () -> [(PacketSocket.Arrival, UInt8)] in
                let receiver = try PacketSocket(interface: network.lan)
                var done = 0
                try eventually("sent") {
                    done += try sender.send(frames, from: done)
                    return done == frames.count
                }
                return try collect(receiver)
            }
            return (try bypassesQueue ? [] : collect(observer), router)
        }
        #expect(received.map(\.1) == Array(0..<100))
        #expect(received.allSatisfy { $0.0.direction == .incoming })
        #expect(received.allSatisfy { $0.0.timestamp > 1_600_000_000_000_000_000 })
        if !bypassesQueue {
            #expect(sent.map(\.1) == Array(0..<100))
            #expect(sent.allSatisfy { $0.0.direction == .outgoing })
        }
    }

    /// The numbers of the crafted frames, once 100 of them have passed.
    private func collect(_ socket: borrowing PacketSocket) throws -> [(PacketSocket.Arrival, UInt8)] {
        var found: [(PacketSocket.Arrival, UInt8)] = []
        try eventually("100 frames", watching: socket.descriptor) {
            try socket.receive { frame, arrival in
                guard frame.byteCount == 14 + 40 + 8 + 24, frame.unsafeLoad(fromByteOffset: 62, as: UInt8.self) == 132
                else { return }
                found.append((arrival, frame.unsafeLoad(fromByteOffset: 67, as: UInt8.self)))
            }
            return found.count >= 100
        }
        return found
    }

    @Test("a batch refuses what does not fit, and can be filled again")
    func batch() {
        var frames = FrameBatch(capacity: 2, room: 4)
        let results = [[1, 2, 3, 4], [1, 2, 3, 4, 5], [1], [1]].map { (octets: [UInt8]) in
            frames.append(octets.span.bytes)
        }
        #expect(results == [true, false, true, false])
        frames.removeAll()
        let octets: [UInt8] = [7]
        let again = frames.append(octets.span.bytes)
        #expect(again)
        let count = frames.count
        #expect(count == 1)
    }

    @Test("an interface that does not exist is an error")
    func noSuchInterface() throws {
        let namespace = try NetworkNamespace.anonymous()
        let error = try namespace.perform { () -> SystemError? in
            do throws(SystemError) { _ = try PacketSocket(interface: 9999) } catch { return error }
            return nil
        }
        #expect(error?.errno == ENODEV)
    }
}

@Suite("Privileges")
struct PrivilegesTests {
    @Test("the missing ones are named")
    func names() {
        #expect(Privileges.routing.description == "CAP_NET_ADMIN and CAP_NET_RAW")
        #expect(Privileges.rawSockets.description == "CAP_NET_RAW")
        #expect(Privileges().description == "none")
    }

    @Test("without privileges every socket says so", .needsNetworkPrivileges)
    func refused() throws {
        // A thread's capabilities are its own: this one gives them up for good and ends.
        let namespace = try NetworkNamespace.anonymous()
        let (routing, mld, capture) = try namespace.perform {
            () -> (MulticastRoutingError?, SystemError?, CaptureError?) in
            let index = Int32(if_nametoindex("lo"))
            try check("capset", lc_give_up_capabilities())
            var routing: MulticastRoutingError?
            var mld: SystemError?
            var capture: CaptureError?
            do throws(MulticastRoutingError) { _ = try MulticastRoutingSocket() } catch { routing = error }
            do throws(SystemError) { _ = try MLDSocket() } catch { mld = error }
            do throws(CaptureError) { _ = try MLDCapture(interface: index) } catch { capture = error }
            return (routing, mld, capture)
        }
        #expect(routing == .notPermitted)
        #expect(mld?.errno == EPERM)
        #expect(capture == .notPermitted(interface: "lo"))
    }
}
