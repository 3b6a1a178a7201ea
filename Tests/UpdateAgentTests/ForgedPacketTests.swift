import Glibc
import IPv6
import LinuxNetwork
import Testing
import UpdateTransport

@testable import UpdateAgent

@Suite("What a receiver does with packets that it should not believe", .serialized)
struct ForgedPacketTests {
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
    }

    /// Sends the packets given every few milliseconds until it goes.
    private func inject(_ packets: [[UInt8]]) throws -> Running<Int> {
        try Running { [link] loop, report in
            try link.perform {
                let socket = try UDPMulticastSender(
                    group: group, port: 4242, interface: "va", source: .address(addresses[1]), loop: false)
                let stopped = Background { try? loop.run() }
                defer { stopped.join() }
                for _ in 0..<10_000 where !stopped.hasEnded {
                    for packet in packets {
                        _ = try socket.send(
                            headers: packet.span.bytes, headerLength: packet.count, payload: [UInt8]().span.bytes,
                            pieceLength: 0, count: 1)
                    }
                    usleep(2_000)
                }
                loop.stop()
                return true
            }
        }
    }

    /// All packets of a file with a payload that is not what its hash is over.
    private func wrongPackets(size: UInt64, symbols: Range<UInt64>? = nil) -> [[UInt8]] {
        let hash = ContentHash([UInt8](repeating: 7, count: 32).span.bytes, at: 0)
        let object = CarouselObject(
            id: .identify(size: size, hash: hash), size: size, symbolSize: 1_160, hash: hash)
        return (symbols ?? 0..<object.symbolCount).map { symbol in
            let packet = CarouselPacket(object, symbol: symbol)
            var octets = [UInt8](repeating: 0x55, count: packet.encodedLength)
            var span = octets.mutableSpan
            var bytes = span.mutableBytes
            packet.encodeHeader(into: &bytes)
            return octets
        }
    }

    @Test("Rubbish is counted, and rubbish only is 76 at the timeout")
    func rubbish() throws {
        let valid = wrongPackets(size: 5_000)[0]
        var packets: [[UInt8]] = [[], [0], Array(valid[..<71]), valid + [0], Array(repeating: 0xff, count: 1_400)]
        for (offset, value) in [(0, 0), (4, 9), (5, 1), (6, 0), (8, 0xff), (16, 0xff), (23, 1), (24, 0xee)] {
            packets.append(valid)
            packets[packets.count - 1][offset] = UInt8(value)
        }
        let injector = try inject(packets)
        let receiver = try link.receive(receiveOptions(directory("out"), timeout: .seconds(1)))
        #expect(throws: UpdateFailure.self) { try receiver.wait() }
        #expect(failureKind(receiver) == .unverifiable)
        #expect(try #require(receiver.reports.last).rejected > UInt64(packets.count))
        #expect(receiver.reports.last?.event == .failed)
        #expect(directory.names == [])
        try injector.stop()
    }

    @Test("A file that does not match its hash is received again, never published, and 76 at the timeout")
    func wrongHash() throws {
        let injector = try inject(wrongPackets(size: 5_000))
        let receiver = try link.receive(receiveOptions(directory("out"), timeout: .seconds(1)))
        #expect(failureKind(receiver) == .unverifiable)
        #expect(try #require(receiver.reports.last).mismatches > 1)
        #expect(directory.names == [])
        try injector.stop()
    }

    @Test("The true file arrives beside a forged one that never verifies and one that never ends")
    func forgedBeside() throws {
        let octets = content(200_000)
        let injectors = [
            try inject(wrongPackets(size: 5_000)), try inject(wrongPackets(size: 1 << 28, symbols: 0..<3)),
        ]
        let receiver = try link.receive(receiveOptions(directory("out")))
        try receiver.wait { $0.contains { $0.event == .manifest } }
        let sender = try link.send(sendOptions(try directory.write(octets, to: "in")))
        #expect(try receiver.wait())
        #expect(directory.read("out") == octets)
        for injector in injectors { try injector.stop() }
        try sender.stop()
    }

    @Test("Nothing heard is 75 at the timeout")
    func silence() throws {
        let receiver = try link.receive(receiveOptions(directory("out"), timeout: .milliseconds(300)))
        #expect(failureKind(receiver) == .timedOut)
        #expect(directory.names == [])
    }

    @Test("A sender that stops half-way is 75 at the timeout")
    func halfWay() throws {
        let injector = try inject(wrongPackets(size: 50_000, symbols: 0..<20))
        let receiver = try link.receive(receiveOptions(directory("out"), timeout: .seconds(1)))
        #expect(failureKind(receiver) == .timedOut)
        #expect(receiver.reports.last?.received == 20)
        try injector.stop()
    }

    @Test("A file above --max-size is ignored")
    func tooLarge() throws {
        let injector = try inject(wrongPackets(size: 50_000))
        var options = receiveOptions(directory("out"), timeout: .seconds(1))
        options.maximumSize = ByteCount(49_999)
        let receiver = try link.receive(options)
        #expect(failureKind(receiver) == .unverifiable)
        #expect(receiver.reports.allSatisfy { $0.objectID == nil })
        try injector.stop()
    }

    @Test("A file that the disk has no room for ends the receiver with the reason, if nothing else is heard")
    func noRoom() throws {
        let injector = try inject(wrongPackets(size: CarouselObject.maximumSize, symbols: 0..<1))
        let receiver = try link.receive(receiveOptions(directory("out")))
        #expect(failureKind(receiver) == .failed)
        #expect(try #require(receiver.reports.last?.error).contains("No space left on device"))
        #expect(directory.names == [])
        try injector.stop()
    }
}

/// How an agent has failed; nil if it has not.
func failureKind<Report>(_ running: Running<Report>) -> UpdateFailure.Kind? {
    do {
        try running.wait()
        return nil
    } catch {
        return (error as? UpdateFailure)?.kind
    }
}
