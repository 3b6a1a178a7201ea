import IPv6
import Testing

@Suite("Prefixes")
struct PrefixTests {
    @Test(
        "What is within and what is not, at every kind of length",
        arguments: [
            ("::/0", "ffff::", nil), ("ff3e::/32", "ff3e::8000:1", "ff3e:1::"), ("ff00::/8", "ffff::1", "fe80::1"),
            ("2001:db8::/64", "2001:db8::ffff:1", "2001:db8:0:1::"), ("2001:db8::8/125", "2001:db8::f", "2001:db8::10"),
            ("2001:db8::/65", "2001:db8::7fff:0:0:1", "2001:db8:0:0:8000::"), ("::1/128", "::1", "::"),
        ] as [(String, String, String?)])
    func contains(prefix: String, inside: String, outside: String?) throws {
        let parsed = try #require(IPv6Prefix(prefix))
        #expect(parsed.description == prefix)
        #expect(parsed.contains(try #require(IPv6Address(inside))))
        if let outside { #expect(!parsed.contains(try #require(IPv6Address(outside)))) }
    }

    @Test(
        "Refused",
        arguments: [
            "", "/", "ff3e::", "ff3e::/", "ff3e::/129", "ff3e::/-1", "ff3e::/+3", "ff3e::1/32", "x/3", "::/0/0",
        ])
    func refused(text: String) { #expect(IPv6Prefix(text) == nil) }
}
