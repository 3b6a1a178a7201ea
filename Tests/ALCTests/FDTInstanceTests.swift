import ALC
import IPv6
import RaptorQ
import Testing

@Suite("FDT instance")
struct FDTInstanceTests {
    static func instance(
        name: String = "update.bin", contentType: String = "application/octet-stream", expires: UInt64 = 1_800_000_000
    ) throws -> FDTInstance {
        try FDTInstance(
            toi: 1, name: name,
            information: ObjectTransmissionInformation(
                transferLength: 67_108_864, symbolSize: 1432, sourceBlocks: 12, alignment: 4),
            contentType: contentType, expires: expires)
    }

    @Test("The announcement of a file, character by character")
    func text() throws {
        let expected = """
            <?xml version="1.0" encoding="UTF-8"?>
            <FDT-Instance xmlns="urn:ietf:params:xml:ns:fdt" Expires="4008988800">
            <File TOI="1" Content-Location="update.bin" Content-Length="67108864" Transfer-Length="67108864" \
            Content-Type="application/octet-stream" FEC-OTI-FEC-Encoding-ID="6" \
            FEC-OTI-Maximum-Source-Block-Length="3906" FEC-OTI-Encoding-Symbol-Length="1432" \
            FEC-OTI-Scheme-Specific-Info="DAABBA=="/>
            </FDT-Instance>

            """
        #expect(try Self.instance().text == expected)
    }

    @Test(
        "A name becomes a relative reference without scheme, path or query",
        arguments: [
            ("a-b_c.d~9Z", "a-b_c.d~9Z"), ("a b", "a%20b"), ("c:\\x?y#z", "c%3A%5Cx%3Fy%23z"), ("%41", "%2541"),
            ("<&\">'", "%3C%26%22%3E%27"), ("größe", "gr%C3%B6%C3%9Fe"), ("a\nb\u{1}", "a%0Ab%01"), ("...", "..."),
        ])
    func names(name: String, location: String) throws {
        #expect(try Self.instance(name: name).text.contains("Content-Location=\"\(location)\""))
    }

    @Test(
        "Names that no file has are refused",
        arguments: ["", ".", "..", "a/b", "/a", "a\0", String(repeating: "ä", count: 128)])
    func wrongNames(name: String) {
        #expect(throws: FDTError.name(name)) { try Self.instance(name: name) }
    }

    @Test("TOI 0 is that of the FDT itself")
    func reservedTOI() throws {
        let information = try ObjectTransmissionInformation(
            transferLength: 1, symbolSize: 4, sourceBlocks: 1, alignment: 4)
        #expect(throws: FDTError.reservedTOI) {
            try FDTInstance(toi: 0, name: "a", information: information, expires: 0)
        }
    }

    @Test("Attribute values are escaped, and hold nothing that XML does not allow")
    func escaping() throws {
        let text = try Self.instance(contentType: "a\"<&'>\t\n\r é\u{1F600}\u{0}\u{FFFF}").text
        #expect(
            text.contains(
                "Content-Type=\"a&#34;&#60;&#38;&#39;&#62;&#9;&#10;&#13; &#233;&#128512;&#65533;&#65533;\""))
    }

    @Test(
        "The end of validity is in NTP seconds, which begin anew in 2036",
        arguments: [(0, "2208988800"), (2_085_978_495, "4294967295"), (2_085_978_496, "0"), (.max, "2208988799")]
            as [(UInt64, String)])
    func expiry(seconds: UInt64, ntp: String) throws {
        #expect(try Self.instance(expires: seconds).text.contains("Expires=\"\(ntp)\""))
    }

    @Test(
        "The scheme-specific information is in base 64",
        arguments: [(1, 1, 4, "AQABBA=="), (255, 0x102, 1, "/wECAQ=="), (2, 0x3fbf, 4, "Aj+/BA==")]
            as [(Int, Int, Int, String)])
    func schemeSpecific(z: Int, n: Int, al: Int, text: String) throws {
        let information = try ObjectTransmissionInformation(
            transferLength: 1 << 24, symbolSize: 65_532, sourceBlocks: z, subBlocks: n, alignment: al)
        let instance = try FDTInstance(toi: 1, name: "a", information: information, expires: 0)
        #expect(instance.text.contains("FEC-OTI-Scheme-Specific-Info=\"\(text)\""))
    }

    @Test(
        "Packets of any length carry the whole text, none longer than asked, all octets XML",
        arguments: [104, 105, 200, 499, 500, 1232, 1452, 70_000])
    func packets(length: Int) throws {
        let name = String(repeating: "ß", count: 127)
        let instance = try Self.instance(name: name)
        let packets = try instance.packets(tsi: 9, instanceID: 0xf_ffff, maximumLength: length)
        let parts = try packets.map(Parts.init)
        let information = try #require(parts[0].information)
        #expect(packets.allSatisfy { $0.count <= length })
        #expect(parts.allSatisfy { $0.lct.toi == 0 && $0.lct.tsi == 9 && $0.fdtInstanceID == 0xf_ffff })
        #expect(parts.allSatisfy { $0.information == information && $0.payload.count == Int(information.symbolSize) })
        #expect(parts.map(\.payloadID?.rawValue) == (0..<UInt32(parts.count)).map { $0 })
        #expect(information.totalSymbols == parts.count)
        #expect(information.transferLength == UInt64(parts.count) * UInt64(information.symbolSize))
        let text = parts.flatMap(\.payload)
        #expect(text.starts(with: Array(instance.text.utf8)))
        #expect(text.dropFirst(instance.text.utf8.count).allSatisfy { $0 == UInt8(ascii: " ") })
        #expect(text.count - instance.text.utf8.count < 4 * parts.count + 4)
        #expect((parts.count == 1) == (length >= 40 + (instance.text.utf8.count + 3) & ~3))
    }

    @Test("An ordinary name takes one packet of the smallest MTU")
    func onePacket() throws {
        let packets = try Self.instance().packets(tsi: 1, instanceID: 1, maximumLength: 1280 - 48)
        #expect(packets.count == 1)
    }

    @Test("Packets without room for an announcement are refused", arguments: [Int.min, -1, 0, 40, 103])
    func noRoom(length: Int) throws {
        let instance = try Self.instance()
        #expect(throws: FDTError.packetLength(length)) {
            try instance.packets(tsi: 1, instanceID: 1, maximumLength: length)
        }
    }
}
