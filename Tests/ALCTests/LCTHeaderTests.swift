import ALC
import IPv6
import Testing

@Suite("LCT header")
struct LCTHeaderTests {
    /// Every value of C, S, O and H, as the first two octets of a header have them.
    static let fieldCodes: [(c: Int, s: Int, o: Int, h: Int)] = (0..<64).map {
        ($0 >> 4, $0 >> 3 & 1, $0 >> 1 & 3, $0 & 1)
    }

    /// A header written by hand, apart from the encoder, with numbers that fill their fields.
    static func header(c: Int, s: Int, o: Int, h: Int) -> (octets: [UInt8], cci: UInt128, tsi: UInt64, toi: UInt128) {
        let fields = [4 * c + 4, 4 * s + 2 * h, 4 * o + 2 * h]
        let first = UInt8(0x10 | c << 2)
        let second = UInt8(s << 7 | o << 5 | h << 4)
        var header = [first, second, UInt8(1 + fields.reduce(0, +) / 4), 6]
        var numbers: [UInt128] = []
        for (field, length) in fields.enumerated() {
            let content = (0..<length).map { UInt8(0x81 + 0x20 * field + $0) }
            numbers.append(content.reduce(0) { $0 << 8 | UInt128($1) })
            header += content
        }
        return (header, numbers[0], UInt64(numbers[1]), numbers[2])
    }

    @Test("Fields of all lengths are read, and written as they were", arguments: fieldCodes)
    func lengths(c: Int, s: Int, o: Int, h: Int) throws {
        let made = Self.header(c: c, s: s, o: o, h: h)
        let header = try LCTHeader(parsing: made.octets.span.bytes)
        #expect(header.cci == made.cci)
        #expect(header.tsi == made.tsi)
        #expect(header.toi == made.toi)
        #expect(header.codepoint == 6)
        #expect(header.fieldLengths.cci == 4 * c + 4)
        #expect(header.fieldLengths.tsi == 4 * s + 2 * h)
        #expect(header.fieldLengths.toi == 4 * o + 2 * h)
        #expect(header.length == made.octets.count)
        #expect(!header.closeSession && !header.closeObject)
        let packet = ALCHeader(header, payloadID: RaptorQPayloadID(rawValue: 0)).packet([])
        #expect(Array(packet.dropLast(4)) == made.octets)
    }

    @Test("A header that ends early is refused, wherever it ends", arguments: fieldCodes)
    func truncation(c: Int, s: Int, o: Int, h: Int) {
        let made = Self.header(c: c, s: s, o: o, h: h).octets
        for count in 0..<made.count {
            let needed = count < 4 ? 4 : made.count
            #expect(throws: WireError.tooShort(needed: needed, had: count)) {
                try LCTHeader(parsing: Array(made[..<count]).span.bytes)
            }
        }
    }

    @Test("A header length without room for the fields is refused", arguments: fieldCodes)
    func shortHeader(c: Int, s: Int, o: Int, h: Int) {
        var made = Self.header(c: c, s: s, o: o, h: h).octets + [UInt8](repeating: 0, count: 8)
        for length in 0..<made[2] {
            made[2] = length
            #expect(throws: WireError.malformed("LCT header shorter than its fields")) {
                try LCTHeader(parsing: made.span.bytes)
            }
        }
    }

    @Test(
        "The end of a session and of an object are told apart", arguments: [(false, true), (true, false), (true, true)])
    func flags(session: Bool, object: Bool) throws {
        let header = LCTHeader(tsi: 7, toi: 1, closeSession: session, closeObject: object)
        let packet = ALCHeader(header, payloadID: RaptorQPayloadID(rawValue: 0)).packet([])
        #expect(packet[1] == 0xa0 | (session ? 2 : 0) | (object ? 1 : 0))
        let parsed = try LCTHeader(parsing: packet.span.bytes)
        #expect(parsed == header)
    }

    @Test("Only version 1 is read", arguments: UInt8(0)...15)
    func version(number: UInt8) {
        var made = Self.header(c: 0, s: 1, o: 1, h: 0).octets
        made[0] = number << 4
        let header = try? LCTHeader(parsing: made.span.bytes)
        #expect((header != nil) == (number == 1))
    }

    @Test("Reserved bits and the protocol-specific indication change nothing else")
    func reserved() throws {
        var made = Self.header(c: 0, s: 1, o: 1, h: 0).octets
        let plain = try LCTHeader(parsing: made.span.bytes)
        made[0] |= 3
        made[1] |= 0x0c
        var parsed = try LCTHeader(parsing: made.span.bytes)
        #expect(parsed.protocolSpecificIndication == 3)
        parsed.protocolSpecificIndication = 0
        #expect(parsed == plain)
    }
}
