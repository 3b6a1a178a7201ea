import ALC
import IPv6
import RaptorQ
import Testing

@testable import NetworkLab

@Suite("Forged packets of an update")
struct PacketForgerTests {
    private let source = IPv6Address(high: 0x2001_0db8_0001_0000, low: 2)
    private let payload = [UInt8]((0..<200).map { UInt8($0) })

    /// A frame as a sender puts it on the wire, its checksum left to the hardware.
    private func frame(toi: UInt128, esi: UInt32 = 77, to group: IPv6Address = DeliveryMethod.group) -> [UInt8] {
        let packet = ALCHeader(
            LCTHeader(tsi: 0x1122_3344, toi: toi),
            payloadID: RaptorQPayloadID(sourceBlockNumber: 5, encodingSymbolID: esi)
        ).packet(payload)
        let length = packet.count + 8
        let ethernet: [UInt8] = [0x33, 0x33] + group.octets[12...] + [2, 0, 0, 0, 0, 9, 0x86, 0xdd]
        let header: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xff), 17, 8]
        let udp: [UInt8] = [0x30, 0x39, 0x10, 0x92, UInt8(length >> 8), UInt8(length & 0xff), 0xab, 0xcd]
        return ethernet + header + source.octets + group.octets + udp + packet
    }

    @Test("one is made for so many of the sender's, in its name, with a right checksum and another payload")
    func forgery() throws {
        var forger = PacketForger(group: DeliveryMethod.group, genuinePerForged: 9, seed: 3)
        var forgeries: [[UInt8]] = []
        for esi in 0..<UInt32(900) {
            let genuine = frame(toi: 1, esi: esi)
            if let forgery = forger.forged(after: genuine.span.bytes) { forgeries.append(forgery) }
        }
        #expect(forgeries.count == 100)
        for forgery in forgeries {
            let packet = try IPv6Packet(parsing: forgery.span.bytes.extracting(14..<forgery.count))
            #expect(packet.source == source && packet.destination == DeliveryMethod.group)
            let datagram = 14 + packet.payload.lowerBound..<14 + packet.payload.upperBound
            var checksum = InternetChecksum(
                source: packet.source, destination: packet.destination, length: datagram.count, nextHeader: 17)
            checksum.add(forgery.span.bytes.extracting(datagram))
            #expect(checksum.value == 0)
            let content = forgery.span.bytes.extracting(datagram.lowerBound + 8..<datagram.upperBound)
            let alc = try ALCPacket(parsing: content)
            #expect(alc.lct.tsi == 0x1122_3344 && alc.lct.toi == 1)
            #expect(alc.payloadID?.sourceBlockNumber == 5)
            #expect(content.extracting(alc.payload).withUnsafeBytes { Array($0) } != payload)
        }
    }

    @Test("content, hash packets and manifests are forged, each as one of its kind")
    func kinds() throws {
        var forger = PacketForger(group: DeliveryMethod.group, genuinePerForged: 1, seed: 4)
        for toi: UInt128 in 1...3 {
            let genuine = frame(toi: toi)
            _ = forger.forged(after: genuine.span.bytes)
        }
        let genuine = frame(toi: 1)
        var kinds: [UInt128: Int] = [:]
        for _ in 0..<100 {
            guard let forgery = forger.forged(after: genuine.span.bytes) else {
                Issue.record("nothing forged")
                return
            }
            let alc = try ALCPacket(parsing: forgery.span.bytes.extracting(62..<forgery.count))
            kinds[alc.lct.toi, default: 0] += 1
            // What is not in the signature of a manifest stays as it was, so that this must be verified.
            if alc.lct.toi == 3 { #expect(Array(forgery.dropLast(64)[82...]) == Array(payload.dropLast(64))) }
        }
        #expect(kinds == [1: 60, 2: 20, 3: 20])
    }

    @Test("nothing is made of what is not the sender's")
    func others() {
        var forger = PacketForger(group: DeliveryMethod.group, genuinePerForged: 1, seed: 5)
        let fine = frame(toi: 1)
        var frames = [frame(toi: 0), frame(toi: 9), frame(toi: 1, to: .allMLDv2Routers)]
        frames += (0..<86).map { Array(fine[..<$0]) }
        for frame in frames {
            let forgery = forger.forged(after: frame.span.bytes)
            #expect(forgery == nil)
        }
        let forgery = forger.forged(after: fine.span.bytes)
        #expect(forgery != nil)
    }
}
