import IPv6
import Testing

@Suite("Kinds of addresses")
struct AddressKindTests {
    @Test(
        "Link-local is fe80::/10",
        arguments: [
            ("fe80::1", true), ("febf:ffff::1", true), ("fec0::1", false), ("fe7f::1", false), ("::", false),
            ("ff02::1", false),
        ])
    func linkLocal(text: String, expected: Bool) { #expect(IPv6Address(text)?.isLinkLocal == expected) }

    @Test(
        "The SSM range is ff3x::/32",
        arguments: [
            ("ff3e::8000:1", true), ("ff30::1", true), ("ff3f:0:1::", true), ("ff3e:1::1", false), ("ff1e::1", false),
            ("ff7e::1", false), ("fe3e::1", false),
        ])
    func sourceSpecific(text: String, expected: Bool) { #expect(IPv6Address(text)?.isSourceSpecific == expected) }

    @Test(
        "The scope of a multicast address",
        arguments: [("ff01::1", 1), ("ff02::1", 2), ("ff05::2", 5), ("ff3e::1", 14), ("ff1f::1", 15), ("ff10::", 0)]
            as [(String, UInt8)])
    func scope(text: String, expected: UInt8) {
        #expect(IPv6Address(text)?.multicastScope?.rawValue == expected)
    }

    @Test("Other addresses have no multicast scope", arguments: ["::", "::1", "fe80::1", "2001:db8::1"])
    func noScope(text: String) throws {
        let address = try #require(IPv6Address(text))
        #expect(address.multicastScope == nil && !address.isMulticast)
    }

    @Test("The unspecified and the loopback address")
    func special() {
        #expect(IPv6Address("::")?.isUnspecified == true && IPv6Address("::1")?.isUnspecified == false)
        #expect(IPv6Address("::1")?.isLoopback == true && IPv6Address("::")?.isLoopback == false)
        #expect(IPv6Address.allNodes.description == "ff02::1" && IPv6Address.allRouters.description == "ff02::2")
        #expect(IPv6Address.allMLDv2Routers.description == "ff02::16")
    }
}
