import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import NetworkLab

/// Made-up hosts and routers that send from a node's `eth0` what they are told to, and see what comes in there.
final class CraftedLink {
    private let socket: PacketSocket

    private init(interface: UInt32) throws(SystemError) {
        socket = try PacketSocket(interface: Int32(bitPattern: interface), receiveBuffer: 1 << 20)
    }

    static func of(_ node: LabNode) throws -> CraftedLink {
        let index = try node.index(of: "eth0")
        return try node.perform { try CraftedLink(interface: index) }
    }

    /// One report with one record; `damage` changes octets of the finished frame.
    func report(
        _ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = [], host: Int,
        damage: (inout [UInt8]) -> Void = { _ in }
    ) throws {
        var octets = ReportFrame(kind, group, sources, fromHost: host).octets
        damage(&octets)
        try send(octets)
    }

    /// A general query.
    func query(from source: IPv6Address) throws {
        let packet = MLDQuery(maximumResponseDelay: 1000).packet(from: source, to: .allNodes)
        try send([0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x86, 0xdd] + packet)
    }

    /// An empty UDP datagram, of any scope.
    func datagram(from source: IPv6Address, to group: IPv6Address) throws {
        let ports: [UInt8] = [0x13, 0x89, 0x13, 0x89, 0, 8, 0, 0]
        var checksum = InternetChecksum(source: source, destination: group, length: 8, nextHeader: 17)
        checksum.add(ports.span.bytes)
        let value = checksum.value
        let datagram = ports.prefix(6) + [UInt8(value >> 8), UInt8(value & 0xff)]
        let ethernet = [0x33, 0x33] + group.octets[12...] + [2, 0, 0, 0, 0, 9, 0x86, 0xdd]
        try send(ethernet + [0x60, 0, 0, 0, 0, 8, 17, 64] + source.octets + group.octets + datagram)
    }

    /// The groups of datagrams that have come in since the last call.
    func arrivals() throws -> [IPv6Address] {
        var groups: [IPv6Address] = []
        try socket.receive { frame, arrival in
            guard arrival.direction == .incoming, frame.byteCount >= 62,
                frame.unsafeLoad(fromByteOffset: 20, as: UInt8.self) == 17
            else { return }
            groups.append(IPv6Address(frame, at: 38))
        }
        return groups
    }

    private func send(_ octets: [UInt8]) throws {
        var batch = FrameBatch(capacity: 1, room: 1514)
        guard batch.append(octets.span.bytes), try socket.send(batch) == 1 else {
            throw LabError.timedOut("room for one more frame")
        }
    }
}
