import ALC
import IPv6
import Testing

@Suite("Object transmission information")
struct RaptorQParametersTests {
    typealias Case = (f: UInt64, t: UInt16, z: UInt8, n: UInt16, al: UInt8)

    private func parameters(_ given: Case) throws -> RaptorQParameters {
        try RaptorQParameters(
            transferLength: given.f, symbolSize: given.t, sourceBlocks: given.z, subBlocks: given.n,
            symbolAlignment: given.al)
    }

    @Test(
        "Objects that can be are accepted, and go through EXT_FTI as they are",
        arguments: [
            (1, 4, 1, 1, 4), (1, 1, 1, 1, 1), (67_108_864, 1432, 12, 1, 4), (56_403, 1, 1, 1, 1),
            (56_403 * 255 * 65_535, 65_535, 255, 1, 1), (56_403 * 255 * 65_532, 65_532, 255, 16_383, 4),
            (400, 100, 4, 25, 4), (40_000, 255, 1, 1, 255), (1 << 32, 1212, 255, 303, 4),
        ] as [Case])
    func accepted(given: Case) throws {
        let parameters = try parameters(given)
        let header = ALCHeader(
            LCTHeader(tsi: 1, toi: 1), payloadID: RaptorQPayloadID(rawValue: 0),
            objectTransmissionInformation: parameters)
        let packet = header.packet([])
        #expect(packet.count == 36)
        #expect(try Parts(packet).parameters == parameters)
    }

    @Test(
        "Objects that cannot be are refused, with the reason, and in EXT_FTI too",
        arguments: [
            ((0, 4, 1, 1, 4), "transfer length (F)"),
            ((946_270_874_881, 65_535, 255, 1, 1), "transfer length (F)"),
            ((100, 4, 1, 1, 0), "symbol alignment (Al) of 0"),
            ((100, 0, 1, 1, 4), "symbol size (T) that is no multiple of the alignment"),
            ((100, 6, 1, 1, 4), "symbol size (T) that is no multiple of the alignment"),
            ((100, 4, 1, 1, 8), "symbol size (T) that is no multiple of the alignment"),
            ((100, 4, 0, 1, 4), "number of source blocks (Z)"),
            ((100, 4, 26, 1, 4), "number of source blocks (Z)"),
            ((100, 4, 1, 0, 4), "number of sub-blocks (N)"),
            ((100, 8, 1, 3, 4), "number of sub-blocks (N)"),
            ((56_404, 1, 1, 1, 1), "too few source blocks (Z) for so many symbols"),
            ((946_270_874_880, 65_535, 255, 1, 1), "too few source blocks (Z) for so many symbols"),
        ] as [(Case, String)])
    func refused(given: Case, reason: String) {
        #expect(throws: WireError.malformed(reason)) { try parameters(given) }
        var packet = octets("10a0 08 06 00000000 00000007 00000001 4004 0000000000 00 0000 00 0000 00 0000 00000000")
        for place in 0..<5 { packet[18 + place] = UInt8(truncatingIfNeeded: given.f >> (32 - 8 * place)) }
        packet[24] = UInt8(given.t >> 8)
        packet[25] = UInt8(given.t & 255)
        packet[26] = given.z
        packet[27] = UInt8(given.n >> 8)
        packet[28] = UInt8(given.n & 255)
        packet[29] = given.al
        #expect(throws: WireError.malformed(reason)) { try Parts(packet) }
    }

    @Test(
        "Symbols and the largest block are counted with the padded one",
        arguments: [
            (1, 4, 1, 1, 1), (8, 4, 2, 2, 1), (9, 4, 2, 3, 2), (400, 4, 3, 100, 34),
            (67_108_864, 1432, 12, 46864, 3906),
        ]
            as [(UInt64, UInt16, UInt8, UInt64, UInt64)])
    func counts(f: UInt64, t: UInt16, z: UInt8, symbols: UInt64, block: UInt64) throws {
        let parameters = try RaptorQParameters(transferLength: f, symbolSize: t, sourceBlocks: z)
        #expect(parameters.symbols == symbols && parameters.largestBlock == block)
    }

    @Test("Reserved octets are not looked at")
    func reserved() throws {
        let packet = octets("10a0 08 06 00000000 00000007 00000001 4004 00000003e8 ff 0064 02 0001 04 ffff 00000000")
        #expect(
            try Parts(packet).parameters
                == RaptorQParameters(transferLength: 1000, symbolSize: 100, sourceBlocks: 2))
    }
}
