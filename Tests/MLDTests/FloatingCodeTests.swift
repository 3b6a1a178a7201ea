import MLD
import Testing

@Suite("Floating codes")
struct FloatingCodeTests {
    @Test(
        "Maximum Response Code rounds down",
        arguments: [
            (0, 0, 0), (1000, 1000, 1000), (32767, 0x7fff, 32767), (32768, 0x8000, 32768), (32776, 0x8001, 32776),
            (40000, 0x8388, 40000), (40007, 0x8388, 40000), (65535, 0x8fff, 65528), (65536, 0x9000, 65536),
            (128_000, 0x9f40, 128_000), (8_387_583, 0xfffe, 8_386_560), (8_387_584, 0xffff, 8_387_584),
            (UInt32.max, 0xffff, 8_387_584),
        ] as [(UInt32, UInt16, UInt32)])
    func maximumResponseCode(milliseconds: UInt32, code: UInt16, meaning: UInt32) {
        #expect(MaximumResponseCode(milliseconds: milliseconds).rawValue == code)
        #expect(MaximumResponseCode(rawValue: code).milliseconds == meaning)
    }

    @Test(
        "Querier's Query Interval Code rounds down",
        arguments: [
            (0, 0, 0), (125, 0x7d, 125), (127, 0x7f, 127), (128, 0x80, 128), (135, 0x80, 128), (136, 0x81, 136),
            (160, 0x84, 160), (164, 0x84, 160), (255, 0x8f, 248), (256, 0x90, 256), (3000, 0xc7, 2944),
            (31743, 0xfe, 30720), (31744, 0xff, 31744), (UInt32.max, 0xff, 31744),
        ] as [(UInt32, UInt8, UInt32)])
    func queryIntervalCode(seconds: UInt32, code: UInt8, meaning: UInt32) {
        #expect(QueryIntervalCode(seconds: seconds).rawValue == code)
        #expect(QueryIntervalCode(rawValue: code).seconds == meaning)
    }

    @Test("Every code means a value that is encoded as the same code")
    func roundTrip() {
        for code in UInt16.min...UInt16.max {
            #expect(
                MaximumResponseCode(milliseconds: MaximumResponseCode(rawValue: code).milliseconds).rawValue == code)
        }
        for code in UInt8.min...UInt8.max {
            #expect(QueryIntervalCode(seconds: QueryIntervalCode(rawValue: code).seconds).rawValue == code)
        }
    }
}
