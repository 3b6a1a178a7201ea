import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import Testing

@Suite("Checksums of MLD messages on the raw socket", .needsNetworkPrivileges, .serialized)
struct MLDChecksumTests {
    @Test("C4 a message whose checksum is wrong, for its trailing octets alone too, is told from the others")
    func checksum() throws {
        let network = try TestNetwork()
        let source = try address("fe80::9")
        let tail: [UInt8] = [1, 2, 3, 4]
        let frame = { (group: String, rest: [UInt8]) throws -> [UInt8] in
            mldFrame(mldMessage(type: 132, group: try address(group), rest: rest), from: source, to: .allRouters)
        }
        var wrong = try frame("ff1e::1", [])
        wrong[54 + 8 + 2] ^= 1  // in the checksum itself, behind Ethernet, IPv6 and hop-by-hop headers
        var wrongTail = try frame("ff1e::2", tail)
        wrongTail[wrongTail.count - 1] ^= 1
        let (right, last) = (try frame("ff1e::3", tail), try frame("ff1e::4", []))
        let heard = try network.router.perform {
            let socket = try MLDSocket()
            try socket.join(interface: network.lan)
            try network.host.perform {
                let sender = try PacketSocket(interface: network.eth, receiveBuffer: 0)
                var frames = FrameBatch(capacity: 4, room: 256)
                for frame in [wrong, wrongTail, right, last] where !frames.append(frame.span.bytes) {
                    throw TestFailure("frame does not fit")
                }
                guard try sender.send(frames) == 4 else { throw TestFailure("not sent") }
            }
            var heard: [HeardMLD] = []
            try eventually("the last one", watching: socket.descriptor) {
                try socket.receive { if $1.source == source { heard.append(HeardMLD($0, $1)) } }
                return try heard.last?.names(address("ff1e::4")) == true
            }
            return heard
        }
        #expect(heard.map(\.octets.count) == [24, 28, 28, 24])
        #expect(heard.map(\.arrival.defect) == [.checksum, .checksum, nil, nil])
        #expect(try heard.dropFirst(2).first?.names(address("ff1e::3")) == true)
    }
}
