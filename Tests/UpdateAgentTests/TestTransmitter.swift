import CLinux
import Glibc
import IPv6
import LinuxSystem
import Synchronization
import Testing
import UpdateTrust

@testable import UpdateAgent

/// Options of a receiver on `vb`; unsigned updates are taken if nobody is trusted.
func receiveOptions(
    _ output: String, trust: TrustStore? = nil, timeout: Duration = .seconds(30)
) -> ReceiveOptions {
    let directory = output[..<(output.lastIndex(of: "/") ?? output.startIndex)]
    var options = ReceiveOptions(group: group, output: output, trust: trust, state: "\(directory)-state")
    options.interface = "vb"
    options.timeout = timeout
    return options
}

/// Sends packets through `va` until it goes: a stand-in for senders, and for those who pretend to be one.
final class TestTransmitter: Sendable {
    private let thread: Background
    private let isStopped: Flag

    private final class Flag: Sendable { let value = Atomic<Bool>(false) }

    /// - Parameters:
    ///   - packets: sent in order, again and again; one for which `isLost` says so is left out.
    ///   - pause: microseconds after every tenth packet.
    init(
        _ link: UpdateLink, _ packets: [[UInt8]], from source: IPv6Address = addresses[0], pause: UInt32 = 500,
        isLost: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) {
        let flag = Flag()
        isStopped = flag
        thread = Background {
            try? link.perform {
                let number = lc_udp_socket()
                let socket = Descriptor(owning: number)
                var index = if_nametoindex("va")
                setsockopt(number, Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, &index, 4)
                var from = Self.raw(source)
                lc_udp_bind(number, &from, 0, 0)
                var to = Self.raw(group)
                lc_udp_connect(number, &to, 4242, index)
                var count = 0
                while !flag.value.load(ordering: .relaxed) {
                    for packet in packets where !flag.value.load(ordering: .relaxed) {
                        count += 1
                        if !isLost(count) {
                            while send(number, packet, packet.count, 0) < 0 && errno == EAGAIN { usleep(200) }
                        }
                        if count.isMultiple(of: 10) { usleep(pause) }
                    }
                    if packets.isEmpty { usleep(1_000) }
                }
                _ = consume socket
            }
        }
    }

    private static func raw(_ address: IPv6Address) -> in6_addr {
        var raw = in6_addr()
        inet_pton(AF_INET6, address.description, &raw)
        return raw
    }

    func stop() {
        isStopped.value.store(true, ordering: .relaxed)
        thread.join()
    }

    deinit { stop() }
}

extension TestUpdate {
    /// All packets of a lap.
    func packets(phase: Int = 0, session: UInt16 = 7) -> [[UInt8]] {
        lap(phase: phase).map { packet($0, session: session) }
    }
}

/// How an agent has failed; nil if it has not.
func failureOf<Report>(_ running: Running<Report>) -> UpdateFailure? {
    do {
        try running.wait()
        return nil
    } catch {
        return error as? UpdateFailure
    }
}

func failureKind<Report>(_ running: Running<Report>) -> UpdateFailure.Kind? { failureOf(running)?.kind }
