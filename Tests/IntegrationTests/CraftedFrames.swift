import IPv6
import LinuxNetwork
import LinuxSystem
import NetworkLab

/// Sends frames as they are from a node's `eth0`.
final class CraftedFrames {
    private let socket: PacketSocket

    private init(interface: UInt32) throws(SystemError) {
        socket = try PacketSocket(interface: Int32(bitPattern: interface), receiveBuffer: 0)
    }

    static func from(_ node: LabNode) throws -> CraftedFrames {
        let index = try node.index(of: "eth0")
        return try node.perform { try CraftedFrames(interface: index) }
    }

    func send(_ frames: [ReportFrame]) throws(SystemError) {
        var batch = FrameBatch(capacity: frames.count, room: 300)
        for frame in frames { _ = batch.append(frame.octets.span.bytes) }
        var sent = 0
        while sent < frames.count { sent += try socket.send(batch, from: sent) }
    }
}
