import IPv6
import LinuxNetwork
import LinuxSystem
import MLD

/// A made-up host that sends reports from a node's interface at the very moment it is told to, where a kernel's host
/// takes its time: it delays its first report by some milliseconds of its own.
final class CraftedHost {
    private let socket: PacketSocket
    private let number: Int

    private init(interface: UInt32, number: Int) throws(SystemError) {
        socket = try PacketSocket(interface: Int32(bitPattern: interface), receiveBuffer: 0)
        self.number = number
    }

    static func attached(to node: LabNode, interface: String = "eth0", number: Int = 1) throws -> CraftedHost {
        let index = try node.index(of: interface)
        return try node.perform { try CraftedHost(interface: index, number: number) }
    }

    /// Sends one report with one record.
    func report(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = []) throws {
        let frame = ReportFrame(kind, group, sources, fromHost: number)
        var batch = FrameBatch(capacity: 1, room: 1514)
        _ = batch.append(frame.octets.span.bytes)
        _ = try socket.send(batch)
    }

    func send(_ load: borrowing ReportLoad) throws(SystemError) -> Duration { try load.send(on: socket) }
}
