import ALC
import IPv6
import RaptorQ
import Testing

@Suite("EXT_FTI")
struct TransmissionInformationTests {
    typealias Case = (f: UInt64, t: Int, z: Int, n: Int, al: Int)

    @Test(
        "Objects go through EXT_FTI as they are",
        arguments: [
            (1, 4, 1, 1, 4), (1, 1, 1, 1, 1), (67_108_864, 1432, 12, 1, 4), (56_403, 1, 1, 1, 1),
            (56_403 * 255 * 65_535, 65_535, 255, 1, 1), (56_403 * 255 * 65_532, 65_532, 255, 16_383, 4),
            (400, 100, 4, 25, 4), (40_000, 255, 1, 1, 255), (1 << 32, 1212, 255, 303, 4),
        ] as [Case])
    func accepted(given: Case) throws {
        let information = try ObjectTransmissionInformation(
            transferLength: given.f, symbolSize: given.t, sourceBlocks: given.z, subBlocks: given.n, alignment: given.al
        )
        let header = ALCHeader(
            LCTHeader(tsi: 1, toi: 1), payloadID: RaptorQPayloadID(rawValue: 0),
            objectTransmissionInformation: information)
        let packet = header.packet([])
        #expect(packet.count == 36)
        #expect(try Parts(packet).information == information)
    }

    @Test(
        "Objects that cannot be are refused, with the reason, but the packet itself is not",
        arguments: [
            ((0, 4, 1, 1, 4), .transferLength(0)),
            ((946_270_874_881, 65_535, 255, 1, 1), .transferLength(946_270_874_881)),
            ((100, 4, 1, 1, 0), .symbolSize(4, alignment: 0)), ((100, 0, 1, 1, 4), .symbolSize(0, alignment: 4)),
            ((100, 6, 1, 1, 4), .symbolSize(6, alignment: 4)), ((100, 4, 0, 1, 4), .sourceBlockCount(0)),
            ((100, 4, 26, 1, 4), .sourceBlockCount(26)), ((100, 4, 1, 0, 4), .subBlockCount(0)),
            ((100, 8, 1, 3, 4), .subBlockCount(3)), ((56_404, 1, 1, 1, 1), .sourceBlockCount(1)),
        ] as [(Case, RaptorQError)])
    func refused(given: Case, reason: RaptorQError) throws {
        var packet = octets("10a0 08 06 00000000 00000007 00000001 4004 0000000000 00 0000 00 0000 00 0000 00000000")
        for place in 0..<5 { packet[18 + place] = UInt8(truncatingIfNeeded: given.f >> (32 - 8 * place)) }
        packet[24] = UInt8(given.t >> 8)
        packet[25] = UInt8(given.t & 255)
        packet[26] = UInt8(given.z)
        packet[27] = UInt8(given.n >> 8)
        packet[28] = UInt8(given.n & 255)
        packet[29] = UInt8(given.al)
        _ = try ALCPacket(parsing: packet.span.bytes)
        #expect(throws: reason) { try Parts(packet) }
    }

    @Test("Too short an extension for RaptorQ is refused, when it is asked for", arguments: 1...4 as ClosedRange<UInt8>)
    func short(words: UInt8) throws {
        var packet = octets("10a0 00 06 00000000 00000007 00000001 40 00 00000003e8 00 0064 02 0001 04 0000")
        packet[2] = 4 + words
        packet[17] = words
        packet = packet.prefix(16 + 4 * Int(words)) + [0, 0, 0, 0]
        let parsed = try ALCPacket(parsing: packet.span.bytes)
        #expect(parsed.payloadID != nil)
        let information = try? Parts(packet).information
        #expect((information != nil) == (words == 4))
    }

    @Test("Reserved octets are not looked at, nor those behind")
    func reserved() throws {
        let packet = octets(
            "10a0 09 06 00000000 00000007 00000001 4005 00000003e8 ff 0064 02 0001 04 ffffffffffff 00000000")
        #expect(
            try Parts(packet).information
                == ObjectTransmissionInformation(
                    transferLength: 1000, symbolSize: 100, sourceBlocks: 2, alignment: 4))
    }
}
