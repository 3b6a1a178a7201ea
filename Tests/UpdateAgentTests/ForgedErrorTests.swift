import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import Synchronization
import TestFiles
import Testing

@testable import UpdateAgent

@Suite("Forged ICMPv6 errors about a sender's packets", .serialized)
struct ForgedErrorTests {
    /// Port unreachable, administratively prohibited, packet too big (RFC 4443 §3).
    @Test("do not make it pause, or open its socket anew", arguments: [(1, 4), (1, 1), (2, 0)] as [(UInt8, UInt8)])
    func errors(type: UInt8, code: UInt8) throws {
        let directory = try TemporaryDirectory()
        let link = try UpdateLink()
        let update = try SampleUpdate(200_000, in: directory)
        let sender = try link.send(update.sending(rate: "10M"))
        let forger = ErrorForger(link, type: type, code: code)
        try eventually { forger.state.sent.load(ordering: .relaxed) >= 300 }
        forger.stop()
        try sender.stop()
        #expect(forger.state.ports.withLock { $0.count } == 1)
        #expect(try #require(sender.reports.last).packets >= 300)
    }
}

/// Answers each packet of a sender with an error.
private final class ErrorForger: Sendable {
    final class State: Sendable {
        let isStopped = Atomic<Bool>(false)
        let sent = Atomic<Int>(0)
        /// UDP ports that packets came from.
        let ports = Mutex<Set<UInt16>>([])
    }

    let state = State()
    private let thread: Background

    init(_ link: UpdateLink, type: UInt8, code: UInt8) {
        let state = state
        thread = Background {
            try? link.perform {
                let socket = try PacketSocket(interface: Int32(if_nametoindex("vb")))
                while !state.isStopped.load(ordering: .relaxed) {
                    var batch = FrameBatch(capacity: 64, room: 1_400)
                    try socket.receive(limit: 64) { frame, arrival in
                        guard arrival.direction != .outgoing, frame.byteCount > 62 else { return }
                        let octets = frame.withUnsafeBytes { Array($0) }
                        guard octets[20] == 17, octets[38] == 0xff else { return }
                        state.ports.withLock { _ = $0.insert(UInt16(octets[54]) << 8 | UInt16(octets[55])) }
                        _ = batch.append(Self.error(type, code, about: octets).span.bytes)
                    }
                    if batch.count > 0 { state.sent.add(try socket.send(batch), ordering: .relaxed) }
                    usleep(500)
                }
            }
        }
    }

    /// An Ethernet frame from 2001:db8::66, as if a router or the receiver had sent it.
    private static func error(_ type: UInt8, _ code: UInt8, about frame: [UInt8]) -> [UInt8] {
        let victim = Array(frame[22..<38])
        let source: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [0x66]
        // The MTU of "packet too big".
        var message = [type, code, 0, 0, 0, 0, type == 2 ? 5 : 0, 0] + frame[14..<min(frame.count, 14 + 200)]
        var checksum = InternetChecksum(
            source: IPv6Address(source.span.bytes, at: 0), destination: IPv6Address(victim.span.bytes, at: 0),
            length: message.count,
            nextHeader: 58)
        checksum.add(message.span.bytes)
        (message[2], message[3]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 0xff))
        let header: [UInt8] = [0x60, 0, 0, 0, UInt8(message.count >> 8), UInt8(message.count & 0xff), 58, 64]
        return frame[6..<12] + [2, 0, 0, 0, 0, 0x66, 0x86, 0xdd] + header + source + victim + message
    }

    func stop() {
        state.isStopped.store(true, ordering: .relaxed)
        thread.join()
    }

    deinit { stop() }
}
