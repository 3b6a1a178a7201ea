import RaptorQ
import Testing

@Suite struct EncodingVectorTests {
    struct Vector: CustomTestStringConvertible {
        let sourceSymbols: Int
        /// Repair symbols of eight octets by ESI.
        let symbols: KeyValuePairs<UInt32, UInt64>

        init(_ sourceSymbols: Int, _ symbols: KeyValuePairs<UInt32, UInt64>) {
            self.sourceSymbols = sourceSymbols
            self.symbols = symbols
        }

        var testDescription: String { "K = \(sourceSymbols)" }
    }

    @Test(
        "Repair symbols are those of the RFC's plain formulas, solved densely",
        arguments: [
            Vector(
                1,
                [
                    1: 0x05193b6ba9f54fb7, 2: 0xdea7b8d9297d52d7, 3: 0x38e14cebc0cc9d50, 1001: 0x312fd8efe868cd4e,
                    65538: 0x40a41e6aa3dc5b3e, 16777206: 0xea915b5d68e0d02e,
                ]),
            Vector(
                5,
                [
                    5: 0xc468f52f647ddfc5, 6: 0x434d0a18351449b7, 7: 0xfefefbd8f128f33d, 1005: 0x5e484a96974776be,
                    65546: 0xa8cf78a99273f103, 16777210: 0x25290d527bfa1cc0,
                ]),
            Vector(
                10,
                [
                    10: 0xcc0fb7fe308b0ede, 11: 0x3d326d0a713955b7, 12: 0x5ec617a7b5da260d, 1010: 0xa4ed584a5972aa2d,
                    65556: 0x3be4f614fb8d2b0d, 16777215: 0x69c5c953d26752c7,
                ]),
            Vector(
                11,
                [
                    11: 0xd5f06d9655dc13ef, 12: 0x2b45c239c523cb16, 13: 0xe453fe2186bc70b0, 1011: 0x361a47a5a3326d52,
                    65558: 0x59c6d4f652bf6a94, 16777214: 0x9adb993b6bcee81a,
                ]),
            Vector(
                13,
                [
                    13: 0x4b3bcfc20cf9cb39, 14: 0x30a2d980b6964b38, 15: 0xa76b6ccb22c8daef, 1013: 0x93fcfbfd6a4f9828,
                    65562: 0xb6f3bb2903bc71e2, 16777210: 0xb012c9802245d874,
                ]),
            Vector(
                18,
                [
                    18: 0xefac97a676e0232a, 19: 0xb449827cf609e1ff, 20: 0x696ba077d5375929, 1018: 0xc4d66eae51cc6b28,
                    65572: 0xf5f5c95ea933c291, 16777215: 0x945eedbfd03fdb84,
                ]),
            Vector(
                26,
                [
                    26: 0x1cbc858018bb5e7a, 27: 0xd2f9532920912a82, 28: 0xd5835ff7d01a6970, 1026: 0x67887f8a04b19777,
                    65588: 0x9362963bdf3750cd, 16777215: 0xc71ed8e05666e346,
                ]),
            Vector(
                50,
                [
                    50: 0x702b853ccdfd9aca, 51: 0xfc4c3a694be99daf, 52: 0x68a978fd9128b37f, 1050: 0xa32b46816fdc3d86,
                    65636: 0x90d75a684a33b582, 16777210: 0x2afd328306d2f054,
                ]),
            Vector(
                101,
                [
                    101: 0x888eab54b863118c, 102: 0xf9046e0169e3b394, 103: 0x7375c32e6c0886e1, 1101: 0x1b3863d17300ec6f,
                    65738: 0xb48d84d092aac0f0, 16777215: 0x97672970db591f74,
                ]),
            Vector(
                180,
                [
                    180: 0xd61dbf0c5f24f05b, 181: 0x4f19adf2677350dd, 182: 0x9c26e4a8f2c85893, 1180: 0x5d18784c66e7098c,
                    65896: 0x05f49846f932d385, 16777214: 0x21dc69a9572202c6,
                ]),
        ])
    func plain(_ vector: Vector) throws { try check(vector) }

    @Test(
        "Repair symbols of large blocks are those of another implementation",
        arguments: [
            Vector(1000, [1000: 0x04580173220f060d, 1001: 0x2f1b4669d86aba9d, 1002: 0x06046747ab3765f5]),
            Vector(4096, [4096: 0x86b751d7a2fac09c, 4097: 0xd83aead2cd1ac224, 4098: 0x589cf849a948eb94]),
            Vector(10017, [10017: 0x1d88010e5c467e51, 10018: 0x3f05bc54e693d84d, 10019: 0xb4279d7e04286476]),
            Vector(56403, [56403: 0x53541391c3815fb2, 56404: 0xb6914611ef9ed530, 56405: 0x8f68f72454059852]),
        ])
    func large(_ vector: Vector) throws { try check(vector) }

    private func check(_ vector: Vector) throws {
        let block = TestBlock(vector.sourceSymbols, 8)
        let encoder = try block.encoder()
        for (id, symbol) in vector.symbols {
            let octets = try encoder.symbol(id)
            #expect(octets.reduce(0) { $0 << 8 | UInt64($1) } == symbol, "ESI \(id)")
        }
        for id in stride(from: 0, to: UInt32(vector.sourceSymbols), by: 1 + vector.sourceSymbols / 100) {
            #expect(try encoder.symbol(id)[...] == block.symbol(id), "ESI \(id)")
        }
    }
}
