import IPv6
import Testing

@Suite("Text forms of addresses")
struct AddressTextTests {
    @Test(
        "Parses the forms of RFC 4291 §2.2 and writes that of RFC 5952",
        arguments: [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("0:0:0:0:0:0:0:0", "::"),
            ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
            ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
            ("2001:0db8::0001", "2001:db8::1"), ("FF01:0:0:0:0:0:0:101", "ff01::101"),
            // A run of one zero is not shortened (§4.2.2), the longest is (§4.2.3), the first of equals is.
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:0:2:0:0:0:0", "1:0:0:2::"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::13.1.68.3", "::d01:4403"), ("::FFFF:129.144.52.38", "::ffff:129.144.52.38"),
            ("1:2:3:4:5:6:255.254.253.252", "1:2:3:4:5:6:fffe:fdfc"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("fe80::1", "fe80::1"), ("ff02::16", "ff02::16"), ("0000:0000::0000", "::"),
        ])
    func parsing(text: String, canonical: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.description == canonical)
        #expect(IPv6Address(canonical) == address)
    }

    @Test(
        "Refuses what is no address",
        arguments: [
            "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4::5:6:7:8", "12345::", "g::", ":1::", "1:", "::1:", "1:2:3:4:5:6:7:", "fe80::1%eth0", "::/0", " ::",
            ":: ",
            "1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::1.2.3.256", "::1.2.3.4:5", "::1..3.4", "1:2:3:4:5:6:7:1.2.3.4",
            "::0001.2.3.4", "::01.2.3.4", "::1.2.3.00", "::1.2.3.", "::.1.2.3", "+1::", "::-1", "ｆ::",
        ])
    func refusing(text: String) { #expect(IPv6Address(text) == nil) }

    @Test("Octets, halves and text agree")
    func octets() throws {
        let address = try #require(IPv6Address("102:304:506:708:90a:b0c:d0e:f10"))
        #expect(address.high == 0x0102_0304_0506_0708 && address.low == 0x090a_0b0c_0d0e_0f10)
        #expect(address.octets == Array(1...16))
        let octets = address.octets
        let read = IPv6Address(octets.span.bytes, at: 0)
        #expect(read == address)
        var written = [UInt8](repeating: 0xff, count: 18)
        var span = written.mutableSpan
        var bytes = span.mutableBytes
        address.write(into: &bytes, at: 1)
        #expect(written == [0xff] + octets + [0xff])
    }

    @Test("Addresses order as numbers")
    func order() throws {
        let sorted = ["::", "::1", "1::", "fe80::1", "fe80::1:0:0:0", "ff02::1"].compactMap(IPv6Address.init)
        #expect(sorted.count == 6 && sorted.shuffled().sorted() == sorted)
    }
}
