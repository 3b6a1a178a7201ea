import ALC
import IPv6
import RaptorQ
import SeededRandom
import Testing

@Suite("ALC packets")
struct ALCPacketTests {
    private let information: ObjectTransmissionInformation
    private let announcement: ALCHeader

    init() throws {
        information = try ObjectTransmissionInformation(
            transferLength: 67_108_864, symbolSize: 1432, sourceBlocks: 12, alignment: 4)
        announcement = ALCHeader(
            LCTHeader(tsi: 0x0102_0304, toi: 0), payloadID: RaptorQPayloadID(sourceBlockNumber: 0, encodingSymbolID: 0),
            fdtInstanceID: 0xabcde, objectTransmissionInformation: information)
    }

    @Test("A packet with content, octet by octet")
    func content() throws {
        let header = ALCHeader(
            LCTHeader(tsi: 0xdead_beef, toi: 1),
            payloadID: RaptorQPayloadID(sourceBlockNumber: 0x2a, encodingSymbolID: 0x01_0203))
        #expect(header.encodedLength == ALCHeader.contentLength)
        let packet = header.packet([0x55, 0x66])
        #expect(packet == octets("10a0 04 06 00000000 deadbeef 00000001 2a010203 5566"))
        let parts = try Parts(packet)
        #expect(parts.lct == header.lct)
        #expect(parts.extensions == [])
        #expect(parts.payloadID == header.payloadID)
        #expect(parts.payload == [0x55, 0x66])
        #expect(parts.fdtInstanceID == nil && parts.information == nil)
    }

    @Test("An announcement with EXT_FDT and EXT_FTI, octet by octet")
    func extensions() throws {
        let packet = announcement.packet([0x3c])
        #expect(
            packet
                == octets(
                    """
                    10a0 09 06 00000000 01020304 00000000
                    c0 2abcde
                    40 04 0004000000 00 0598 0c 0001 04 0000
                    00000000 3c
                    """))
        let parts = try Parts(packet)
        #expect(parts.extensions.map(\.type) == [192, 64])
        #expect(parts.extensions.map(\.content) == [17..<20, 22..<36])
        #expect(parts.fdtInstanceID == 0xabcde)
        #expect(parts.information == information)
        #expect(parts.payload == [0x3c])
    }

    @Test("Encoding touches its own octets only, wherever it begins")
    func encodingInPlace() {
        var buffer = [UInt8](repeating: 0xee, count: 60)
        var span = buffer.mutableSpan
        var bytes = span.mutableBytes
        announcement.encode(into: &bytes, at: 10)
        RaptorQPayloadID(sourceBlockNumber: 1, encodingSymbolID: 2).encode(into: &bytes, at: 46)
        #expect(buffer[..<10].allSatisfy { $0 == 0xee })
        #expect(Array(buffer[10..<46]) == announcement.packet([]).dropLast(4))
        #expect(Array(buffer[46..<50]) == [1, 0, 0, 2])
        #expect(buffer[50...].allSatisfy { $0 == 0xee })
    }

    @Test("A packet that ends early is refused, but one may end with its LCT header or have an empty payload")
    func truncation() throws {
        let packet = announcement.packet([1, 2, 3])
        for count in 0...packet.count {
            let parsed = try? Parts(Array(packet[..<count]))
            switch count {
            case 36: #expect(parsed?.payloadID == nil && parsed?.fdtInstanceID == 0xabcde && parsed?.payload == [])
            case 40...43:
                #expect(parsed?.payloadID == announcement.payloadID && parsed?.payload.count == count - 40)
            default: #expect(parsed == nil, "\(count) octets")
            }
        }
    }

    @Test("A packet that ends with its header can end session and object")
    func closing() throws {
        let packet = octets("10a3 04 06 00000000 00000007 00000001")
        let parts = try Parts(packet)
        #expect(parts.lct.closeSession && parts.lct.closeObject && parts.payloadID == nil && parts.payload == [])
    }

    @Test("What is coded otherwise than with RaptorQ is refused", arguments: [0, 1, 5, 7, 128, 129, 255] as [UInt8])
    func codepoint(value: UInt8) {
        var packet = announcement.packet([])
        packet[3] = value
        #expect(throws: WireError.malformed("codepoint that is not RaptorQ's")) { try Parts(packet) }
    }

    @Test("Extensions that are not known are skipped, and the first of a kind counts")
    func unknownExtensions() throws {
        let packet = octets(
            """
            10a0 11 06 00000000 00000007 00000001
            00 01 0000  02 02 8000 00000000  80 123456  c0 200001
            01 01 ffff  40 04 00000003e8 00 0064 02 0001 04 ffff  ff ffffff  c0 200002  7f 01 0000
            00000005
            """)
        let parts = try Parts(packet)
        #expect(parts.extensions.map(\.type) == [0, 2, 128, 192, 1, 64, 255, 192, 127])
        #expect(parts.extensions.map(\.content.count) == [2, 6, 3, 3, 2, 14, 3, 3, 2])
        #expect(parts.fdtInstanceID == 1)
        #expect(
            parts.information
                == (try ObjectTransmissionInformation(
                    transferLength: 1000, symbolSize: 100, sourceBlocks: 2, alignment: 4)))
        #expect(parts.payloadID?.encodingSymbolID == 5)
    }

    @Test(
        "Extensions that do not fit their header are refused",
        arguments: [
            ("05 06 00000000 00000007 00000001 02 00 0000 00000000", "header extension of length 0"),
            ("05 06 00000000 00000007 00000001 02 02 0000 00000000", "header extension beyond its header"),
            ("06 06 00000000 00000007 00000001 c0 200001 40 04 0000 00000000", "header extension beyond its header"),
            ("06 06 00000000 00000007 00000001 7f ff 0000 00000000 00000000", "header extension beyond its header"),
        ])
    func malformedExtensions(rest: String, reason: String) {
        let packet = octets("10a0" + rest) + [UInt8](repeating: 0, count: 2000)
        #expect(throws: WireError.malformed(reason)) { try Parts(packet) }
    }

    @Test("An FDT instance of another version of FLUTE is none", arguments: UInt8(0)...15)
    func fluteVersion(version: UInt8) throws {
        var packet = announcement.packet([])
        packet[17] = version << 4 | packet[17] & 0x0f
        #expect(try Parts(packet).fdtInstanceID == (version == 2 ? 0xabcde : nil))
    }

    @Test("Symbol ids have 24 bits, block numbers 8", arguments: [(0, 0), (255, 0xff_ffff), (1, 0x80_0000)])
    func payloadID(block: UInt8, symbol: UInt32) {
        let id = RaptorQPayloadID(sourceBlockNumber: block, encodingSymbolID: symbol)
        #expect(id.sourceBlockNumber == block && id.encodingSymbolID == symbol)
        #expect(id.rawValue == UInt32(block) << 24 | symbol)
        #expect(RaptorQPayloadID(sourceBlockNumber: block, encodingSymbolID: symbol | 0xff00_0000) == id)
    }

    @Test("Octets at random, and packets with some octets changed, never trap", arguments: UInt64(0)..<4)
    func randomOctets(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var whole = 0
        for round in 0..<10_000 {
            var packet: [UInt8]
            if round % 2 == 0 {
                packet = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                // Half of them get past the version and the codepoint.
                if round % 4 == 0, packet.count >= 4 {
                    packet[0] = 0x10 | packet[0] & 0x0f
                    packet[2] %= 20
                    packet[3] = 6
                }
            } else {
                packet = announcement.packet([1, 2, 3, 4])
                for _ in 0...Int.random(in: 0..<3, using: &random) {
                    packet[Int.random(in: 0..<packet.count, using: &random)] = .random(in: 0...255, using: &random)
                }
            }
            guard let parts = try? Parts(packet) else { continue }
            whole += 1
            #expect(parts.payload.count <= packet.count)
            #expect(parts.extensions.allSatisfy { $0.content.upperBound <= parts.lct.length })
        }
        #expect(whole > 1000)
    }
}
