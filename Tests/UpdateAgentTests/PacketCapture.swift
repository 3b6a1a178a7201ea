import CLinux
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Synchronization
import Testing

/// A member of the group on `vb` that keeps the datagrams that arrive.
final class PacketCapture: Sendable {
    private let thread: Background
    private let shared = Shared()

    private final class Shared: Sendable {
        let packets = Mutex<[[UInt8]]>([])
        let isStopping = Atomic<Bool>(false)
    }

    init(on link: UpdateLink, interface: String = "vb") throws {
        let socket = try link.perform {
            let socket = try Descriptor("socket", lc_udp_socket())
            let index = if_nametoindex(interface)
            var address = in6_addr()
            withUnsafeMutableBytes(of: &address) { octets in
                for (index, octet) in [0xff, 0x1e, 0x80, 0x42].enumerated() {
                    octets[[0, 1, 12, 15][index]] = UInt8(octet)
                }
            }
            // A process that another test is just starting may still hold the socket of the capture before.
            var yes: Int32 = 1
            setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout.size(ofValue: yes)))
            try check("bind", lc_udp_bind(socket.number, &address, 4_242, index))
            try check("join", lc_udp_join(socket.number, index, &address, nil))
            var size: Int32 = 64 << 20
            setsockopt(socket.number, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout.size(ofValue: size)))
            return socket.release()
        }
        let shared = shared
        thread = Background {
            let socket = Descriptor(owning: socket)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !shared.isStopping.load(ordering: .relaxed) {
                var poll = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
                guard Glibc.poll(&poll, 1, 20) > 0 else { continue }
                var batch: [[UInt8]] = []
                while case let count = recv(socket.number, &buffer, buffer.count, 0), count >= 0 {
                    batch.append(Array(buffer[..<count]))
                    if batch.count == 256 { break }
                }
                shared.packets.withLock { $0 += batch }
            }
        }
    }

    deinit {
        shared.isStopping.store(true, ordering: .relaxed)
        thread.join()
    }

    /// What has arrived.
    var packets: [[UInt8]] { shared.packets.withLock { $0 } }

    var count: Int { shared.packets.withLock { $0.count } }

    /// Those with symbols of the object: TOI 1.
    var symbols: Int { shared.packets.withLock { $0.count { $0.count > 15 && $0[15] == 1 } } }

    /// Waits for so many packets; fails after ten seconds.
    func wait(for count: Int) throws { try eventually { self.count >= count } }
}
