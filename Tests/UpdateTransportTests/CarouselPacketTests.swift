import IPv6
import SeededRandom
import Testing

@testable import UpdateTransport

/// The first packet of a file of 1,500 octets in symbols of 1,024.
private let first: [UInt8] =
    [
        0x4c, 0x43, 0x55, 0x43, 1, 0, 0x04, 0x00,
        0, 0, 0, 0, 0, 0, 0x05, 0xdc,
        0, 0, 0, 0, 0, 0, 0, 0,
    ] + Array(0x10...0x1f) + Array(0x80...0x9f) + Array(repeating: 0xaa, count: 1_024)

/// A packet that must be refused.
private struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let octets: [UInt8]
    let error: WireError

    init(_ description: String, _ octets: [UInt8], _ error: WireError) {
        testDescription = description
        self.octets = octets
        self.error = error
    }
}

private func changed(_ octets: [UInt8], _ offset: Int, _ value: UInt8) -> [UInt8] {
    var copy = octets
    copy[offset] = value
    return copy
}

private func parse(_ octets: [UInt8]) throws(WireError) -> CarouselPacket {
    try CarouselPacket(parsing: octets.span.bytes)
}

@Suite("Carousel packets")
struct CarouselPacketTests {
    @Test("A literal packet says what its octets say")
    func literal() throws {
        let packet = try parse(first)
        #expect(packet.object.size == 1_500)
        #expect(packet.object.symbolSize == 1_024)
        #expect(packet.object.symbolCount == 2)
        #expect(packet.object.id.description == "101112131415161718191a1b1c1d1e1f")
        #expect(packet.object.hash.octets == Array(0x80...0x9f))
        #expect(packet.offset == 0)
        #expect(packet.encodedLength == first.count)
        #expect(packet.packetLength == first.count + 48)
    }

    @Test("The last symbol is shorter")
    func last() throws {
        var octets = Array(first[..<(72 + 476)])
        octets[22] = 0x04  // offset 1,024
        let packet = try parse(octets)
        #expect(packet.symbol == 1)
        #expect(packet.encodedLength == 548)
    }

    @Test("An empty file has one packet without payload")
    func empty() throws {
        let octets = changed(changed(Array(first[..<72]), 14, 0), 15, 0)
        let packet = try parse(octets)
        #expect(packet.object.size == 0)
        #expect(packet.object.symbolCount == 1)
        #expect(packet.encodedLength == 72)
    }

    @Test(
        "Damaged packets are refused",
        arguments: [
            Damage("no octets", [], WireError.tooShort(needed: 72, had: 0)),
            Damage("a cut header", Array(first[..<71]), .tooShort(needed: 72, had: 71)),
            Damage("magic", changed(first, 0, 0), .malformed("not a carousel packet")),
            Damage("magic, last octet", changed(first, 3, 0), .malformed("not a carousel packet")),
            Damage("version", changed(first, 4, 2), .malformed("unknown version")),
            Damage("flags", changed(first, 5, 0x80), .malformed("reserved flags set")),
            Damage("symbol size 0", changed(first, 6, 0), .malformed("symbol size")),
            Damage("symbol size 1,023", changed(changed(first, 6, 3), 7, 0xff), .malformed("symbol size")),
            Damage("symbol size 65,280", changed(first, 6, 0xff), .malformed("symbol size")),
            Damage("file size 2⁶³", changed(first, 8, 0x80), .malformed("file size")),
            Damage("offset in a symbol", changed(first, 23, 1), .malformed("offset between symbols")),
            Damage("offset behind the end", changed(first, 22, 0x08), .malformed("offset beyond the file")),
            Damage("offset 2⁶³", changed(first, 16, 0x80), .malformed("offset beyond the file")),
            Damage("payload short by one", Array(first.dropLast()), .tooShort(needed: 1_096, had: 1_095)),
            Damage("payload long by one", first + [0], .malformed("payload too long")),
            Damage("no payload", Array(first[..<72]), .tooShort(needed: 1_096, had: 72)),
            Damage("whole symbol where the last is due", changed(first, 22, 0x04), .malformed("payload too long")),
            Damage("payload for an empty file", changed(changed(first, 14, 0), 15, 0), .malformed("payload too long")),
            Damage(
                "offset for an empty file", changed(changed(changed(Array(first[..<72]), 14, 0), 15, 0), 22, 4),
                .malformed("offset beyond the file")
            ),
        ])
    fileprivate func refused(damage: Damage) {
        #expect(throws: damage.error) { try parse(damage.octets) }
    }

    @Test("What is encoded parses to the same", arguments: [0, 1, 1_159, 1_160, 1_161, 1 << 32 + 5, 946_270_874_880])
    func roundTrip(size: UInt64) throws {
        let object = CarouselObject.sample(size: size, symbolSize: 1_160)
        for symbol in Set([0, object.symbolCount / 2, object.symbolCount - 1]) {
            let packet = CarouselPacket(object, symbol: symbol)
            #expect(try parse(packet.octets()) == packet)
            #expect(packet.symbol == symbol)
        }
    }

    @Test("No octets, however random, make it trap or accept what is out of bounds")
    func random() {
        var generator = SeededGenerator(seed: 7)
        for round in 0..<20_000 {
            var octets = Array(first.prefix(Int.random(in: 0...first.count, using: &generator)))
            if round.isMultiple(of: 2) { octets = first }
            for _ in 0..<Int.random(in: 0...3, using: &generator) where !octets.isEmpty {
                octets[Int.random(in: 0..<min(octets.count, 72), using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            guard let packet = try? parse(octets) else { continue }
            #expect(packet.offset + UInt64(packet.encodedLength - 72) <= packet.object.size)
            #expect(packet.encodedLength == octets.count)
        }
    }
}
