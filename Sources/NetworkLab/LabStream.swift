import CLinux
import Glibc
import IPv6
import LinuxSystem
import Synchronization
import Timing

/// A steady stream of numbered UDP datagrams to a group from a node, on a thread of its own, until this value goes.
public final class LabStream: Sendable {
    /// First octets of every datagram; the number follows, big-endian.
    private static let magic: UInt64 = 0x6c63_6c61_6273_6571  // "lclabseq"

    public let group: IPv6Address
    public let source: IPv6Address
    private let progress = Progress()
    private let thread: LabThread

    private final class Progress: Sendable {
        let sent = Atomic<Int>(0)
        let failed = Atomic<Int>(0)
    }

    /// - Parameters:
    ///   - source: an address of the node.
    ///   - rate: datagrams per second.
    ///   - size: octets of UDP payload, at least 16.
    ///   - loop: whether the node itself gets the datagrams, too, as the kernel has it by default.
    public init(
        from source: IPv6Address, on node: LabNode, interface: String = "eth0", to group: IPv6Address,
        port: UInt16 = LabListener.defaultPort, rate: Int, size: Int = 200, loop: Bool = false
    ) throws {
        self.group = group
        self.source = source
        let index = try node.index(of: interface)
        let number = try node.perform {
            let made = Descriptor(owning: try makeUDPSocket(boundTo: source, port: 0, sharing: false))
            try setOption(made.number, IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF", to: Int32(bitPattern: index))
            try setOption(made.number, IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS", to: Int32(16))
            try setOption(made.number, IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP", to: Int32(loop ? 1 : 0))
            return made.release()
        }
        let interval = Duration.nanoseconds(1_000_000_000 / Int64(max(1, rate)))
        thread = try LabThread { [progress] stopping in
            defer { close(number) }
            Self.send(
                on: number, to: sockaddr_in6(group, port: port), size: size, every: interval, until: stopping,
                progress: progress)
        }
    }

    /// Datagrams sent so far.
    public var sent: Int { progress.sent.load(ordering: .relaxed) }
    /// Datagrams that the kernel refused to send.
    public var failed: Int { progress.failed.load(ordering: .relaxed) }

    /// The number in a datagram's payload; nil: none of ours.
    static func sequence(in payload: RawSpan) -> UInt64? {
        guard payload.byteCount >= 16,
            UInt64(bigEndian: payload.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self)) == magic
        else { return nil }
        return UInt64(bigEndian: payload.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    private static func send(
        on socket: Int32, to destination: sockaddr_in6, size: Int, every interval: Duration, until stopping: Int32,
        progress: Progress
    ) {
        var octets = [UInt8](repeating: 0, count: max(16, size))
        octets.withUnsafeMutableBytes { $0.storeBytes(of: magic.bigEndian, as: UInt64.self) }
        var destination = destination
        var sequence: UInt64 = 0
        var due = Instant.now
        while true {
            // Looking for the order to stop costs a system call, so not before every datagram of a fast stream.
            if (interval > .milliseconds(1) || sequence & 15 == 0) && waitReadable([stopping], milliseconds: 0)[0] {
                return
            }
            octets.withUnsafeMutableBytes { $0.storeBytes(of: sequence.bigEndian, toByteOffset: 8, as: UInt64.self) }
            let result = lc_lab_send(socket, octets, octets.count, &destination)
            if result < 0 {
                progress.failed.add(1, ordering: .relaxed)
            } else {
                progress.sent.add(1, ordering: .relaxed)
            }
            sequence += 1
            due = due + interval
            // After a long stall go on from now instead of sending all that was missed in one burst.
            if Instant.now - due > .milliseconds(20) { due = .now }
            var time = timespec(
                tv_sec: Int(due.nanoseconds / 1_000_000_000), tv_nsec: Int(due.nanoseconds % 1_000_000_000))
            while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
        }
    }
}
