import IPv6
import Testing

@Suite struct LinkLayerTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var link: LinkLayer
        var header: [UInt8]
        /// As it is printed.
        var captured: String
        init(_ name: String, _ link: LinkLayer, _ header: [UInt8], _ captured: String = "untagged") {
            (testDescription, self.link, self.header, self.captured) = (name, link, header, captured)
        }
    }

    private static let addresses: [UInt8] = [0x33, 0x33, 0, 0, 0, 0x16, 0x36, 0xf0, 0x5b, 0x3d, 0x8e, 0x87]
    private static let sll: [UInt8] = [0, 2, 0, 1, 0, 6, 0x36, 0xf0, 0x5b, 0x3d, 0x8e, 0x87, 0, 0]
    private static let sll2: [UInt8] = [0, 0, 0, 1, 0, 3, 0, 1, 2, 6, 0x36, 0xf0, 0x5b, 0x3d, 0x8e, 0x87, 0, 0]

    static let samples = [
        Sample("Ethernet", .ethernet, addresses + [0x86, 0xdd]),
        Sample("802.1Q", .ethernet, addresses + [0x81, 0, 0xe0, 5, 0x86, 0xdd], "vlan5"),
        Sample("802.1Q, priority only", .ethernet, addresses + [0x81, 0, 0xe0, 0, 0x86, 0xdd]),
        Sample("802.1ad, priority only", .ethernet, addresses + [0x88, 0xa8, 0, 0, 0x86, 0xdd]),
        Sample("priority, then 802.1Q", .ethernet, addresses + [0x81, 0, 0, 0, 0x81, 0, 0, 5, 0x86, 0xdd], "vlan5"),
        Sample(
            "802.1ad, 802.1Q", .ethernet, addresses + [0x88, 0xa8, 0, 7, 0x81, 0, 0, 5, 0x86, 0xdd], "vlan7.5"),
        Sample("old outer tag", .ethernet, addresses + [0x91, 0, 0, 7, 0x81, 0, 0, 5, 0x86, 0xdd], "vlan7.5"),
        Sample(
            "four tags", .ethernet,
            addresses + [0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 0x81, 0, 0x0f, 0xff, 0x86, 0xdd],
            "vlan1.2.3.4095"),
        Sample("SLL", .linuxCooked, sll + [0x86, 0xdd]),
        Sample("SLL, 802.1Q", .linuxCooked, sll + [0x81, 0, 0, 5, 0x86, 0xdd], "vlan5"),
        Sample("SLL2", .linuxCooked2, [0x86, 0xdd] + sll2, "if65539"),
        Sample("SLL2, 802.1Q", .linuxCooked2, [0x81, 0] + sll2 + [0, 5, 0x86, 0xdd], "if65539.vlan5"),
        Sample("Linux loopback", .loopback, [10, 0, 0, 0]),
        Sample("NetBSD", .loopback, [0, 0, 0, 24]),
        Sample("FreeBSD", .loopback, [28, 0, 0, 0]),
        Sample("Darwin", .loopback, [0, 0, 0, 30]),
    ]

    /// Spans cannot be used within expectations.
    private func content(_ link: LinkLayer, _ octets: [UInt8]) -> LinkLayer.Content {
        link.content(of: octets.span.bytes)
    }

    @Test("The packet begins behind the header; a frame that ends within it is too short", arguments: samples)
    func lengths(sample: Sample) {
        let header = sample.header
        for count in header.indices {
            #expect(content(sample.link, Array(header[..<count])) == .tooShort, "\(count)")
        }
        for frame in [header, header + [0x60, 0]] {
            guard case .ipv6(offset: header.count, let link) = content(sample.link, frame) else {
                Issue.record("no packet behind the header")
                continue
            }
            #expect("\(link)" == sample.captured)
        }
    }

    @Test(
        "Other protocols are told from IPv6",
        arguments: [
            Sample("IPv4", .ethernet, addresses + [0x08, 0]),
            Sample("802.3 length", .ethernet, addresses + [0, 0x2e, 0xaa, 0xaa]),
            Sample("IPv4 in a VLAN", .ethernet, addresses + [0x81, 0, 0, 5, 0x08, 0]),
            Sample(
                "five tags", .ethernet,
                addresses
                    + [0x81, 0, 0, 1, 0x81, 0, 0, 2, 0x81, 0, 0, 3, 0x81, 0, 0, 4, 0x81, 0, 0, 5, 0x86, 0xdd]),
            Sample("ARP", .linuxCooked, sll + [0x08, 0x06]),
            Sample("ARP", .linuxCooked2, [0x08, 0x06] + sll2),
            Sample("IPv4", .raw, [0x45, 0, 0, 20]),
            Sample("IPv4", .loopback, [2, 0, 0, 0]),
        ])
    func others(sample: Sample) {
        #expect(content(sample.link, sample.header) == .other)
    }

    @Test("Raw packets are told by their version")
    func raw() {
        #expect(content(.raw, []) == .tooShort)
        #expect(content(.raw, [0x60]) == .ipv6(offset: 0, link: CapturedLink()))
    }

    @Test("No octets at all are too short for every link", arguments: LinkLayer.allCases)
    func empty(link: LinkLayer) {
        #expect(content(link, []) == .tooShort)
    }
}
