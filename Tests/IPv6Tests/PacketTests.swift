import IPv6
import Testing

@Suite("IPv6 packets")
struct PacketTests {
    static let alert: [UInt8] = [5, 2, 0, 0]

    /// An IPv6 header, hop limit 1, before `payload`.
    private func packet(_ nextHeader: UInt8, _ payload: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = UInt16(length ?? payload.count)
        let source = IPv6Address("fe80::1") ?? .unspecified
        return [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(truncatingIfNeeded: length), nextHeader, 1] + source.octets
            + IPv6Address.allNodes.octets + payload
    }

    private func parse(_ octets: [UInt8]) throws(WireError) -> IPv6Packet {
        try IPv6Packet(parsing: octets.span.bytes)
    }

    @Test("A plain packet: addresses, hop limit, where its payload is")
    func plain() throws {
        let parsed = try parse(packet(58, [1, 2, 3]))
        #expect(parsed.source == IPv6Address("fe80::1") && parsed.destination == .allNodes && parsed.hopLimit == 1)
        #expect(parsed.nextHeader == 58 && parsed.payload == 40..<43 && !parsed.routerAlert)
    }

    @Test("Link-layer padding behind the packet is left out")
    func padding() throws { #expect(try parse(packet(58, [1, 2, 0, 0, 0], length: 2)).payload == 40..<42) }

    @Test(
        "C3 Router Alert is found in any order and padding of options",
        arguments: [
            [5, 2, 0, 0, 1, 0], [1, 0, 5, 2, 0, 0], [0, 0, 5, 2, 0, 0], [0, 5, 2, 0, 0, 0],
            [1, 4, 0, 0, 0, 0, 5, 2, 0, 0, 0, 0, 1, 0], [0x3e, 2, 9, 9, 1, 2, 0, 0, 5, 2, 0, 0, 1, 0],
        ] as [[UInt8]])
    func routerAlert(options: [UInt8]) throws {
        let header = [58, UInt8((options.count - 6) / 8)] + options
        let parsed = try parse(packet(0, header + [7]))
        #expect(parsed.routerAlert && parsed.nextHeader == 58)
        #expect(parsed.payload == 40 + header.count..<41 + header.count)
    }

    @Test(
        "C3 M6 Other options, values and lengths are no Router Alert for MLD",
        arguments: [
            [1, 4, 0, 0, 0, 0], [5, 2, 0, 1, 1, 0], [5, 2, 1, 0, 1, 0], [5, 1, 0, 0, 0, 0], [0x25, 2, 0, 0, 1, 0],
            [1, 4, 5, 2, 0, 0],
        ] as [[UInt8]])
    func noRouterAlert(options: [UInt8]) throws {
        #expect(try !parse(packet(0, [58, 0] + options)).routerAlert)
    }

    @Test(
        "M7 Options beyond their header are refused",
        arguments: [[5, 2, 0, 0, 1, 1], [5, 9, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]] as [[UInt8]])
    func badOptions(options: [UInt8]) {
        #expect(throws: WireError.self) { try parse(packet(0, [58, 0] + options)) }
    }

    @Test("C3 M6 Router Alert outside the hop-by-hop header does not count")
    func destinationOptions() throws {
        let parsed = try parse(packet(60, [58, 0] + Self.alert + [1, 0] + [7]))
        #expect(!parsed.routerAlert && parsed.nextHeader == 58 && parsed.payload == 48..<49)
    }

    private static let hopByHop: [UInt8] = [60, 0] + alert + [1, 0]
    private static let destination: [UInt8] = [43, 1] + [UInt8](repeating: 0, count: 14)
    private static let routing: [UInt8] = [58, 0, 0, 0, 0, 0, 0, 0]

    @Test("Extension headers are walked to the upper layer")
    func chain() throws {
        var octets = packet(0, Self.hopByHop + Self.destination + Self.routing + [1, 2])
        octets[24] = 0xfe  // no group
        let parsed = try parse(octets)
        #expect(parsed.routerAlert && parsed.nextHeader == 58 && parsed.payload == 72..<74)
    }

    @Test("A routing header is refused in a packet to a group, and where it tells of nodes to come")
    func routingHeader() throws {
        #expect(throws: WireError.self) { try parse(packet(43, Self.routing + [1])) }
        var octets = packet(43, [58, 0, 0, 1, 0, 0, 0, 0])
        octets[24] = 0xfe
        #expect(throws: WireError.self) { try parse(octets) }
    }

    @Test("An atomic fragment is the packet that it is, and one in a fragment is refused")
    func atomicFragment() throws {
        let parsed = try parse(packet(44, [58, 9, 0, 6, 1, 2, 3, 4] + [143]))
        #expect(parsed.nextHeader == 58 && parsed.payload == 48..<49 && parsed.fragment?.isAtomic == true)
        let twice: [UInt8] = [44, 0, 0, 0, 1, 2, 3, 4, 58, 0, 0, 0, 5, 6, 7, 8, 143]
        #expect(throws: WireError.malformed("fragment in a fragment")) { try parse(packet(44, twice)) }
    }

    @Test("A fragment says where it belongs")
    func fragment() throws {
        let parsed = try parse(packet(0, [44, 0] + Self.alert + [1, 0] + [58, 0, 0, 0x19, 1, 2, 3, 4] + [7, 7]))
        let fragment = try #require(parsed.fragment)
        #expect(fragment.identification == 0x0102_0304 && fragment.offset == 24 && !fragment.isLast)
        #expect(fragment.nextHeader == 58 && fragment.unfragmentable == 48 && fragment.naming == 40)
        #expect(parsed.routerAlert && parsed.nextHeader == 44 && parsed.payload == 56..<58)
        let last = try parse(packet(44, [58, 0, 0x20, 0, 1, 2, 3, 4] + [7]))
        #expect(last.fragment?.isLast == true && last.fragment?.offset == 0x2000 && last.fragment?.naming == 6)
    }

    @Test(
        "An unknown option that says to discard the packet is obeyed, in either header of options (RFC 8200 §4.2)",
        arguments: [0x41, 0x81, 0xc2, 0xc9] as [UInt8])
    func discardingOptions(type: UInt8) {
        for header in [0, 60] as [UInt8] {
            #expect(throws: WireError.self) { try parse(packet(header, [58, 0, type, 4, 0, 0, 0, 0])) }
        }
    }

    @Test("Of a packet that is cut, headers that are whole are told")
    func cutPacket() throws {
        let octets = packet(0, [58, 0] + Self.alert + [1, 0] + [130, 0, 0, 0], length: 500)
        let parsed = try IPv6Packet(parsingHeadersOf: octets.span.bytes)
        #expect(parsed.nextHeader == 58 && parsed.routerAlert && parsed.payload == 48..<540)
        #expect(throws: WireError.tooShort(needed: 540, had: 52)) { try parse(octets) }
        #expect(throws: WireError.self) { try IPv6Packet(parsingHeadersOf: Array(octets.prefix(47)).span.bytes) }
    }

    @Test("Upper layers are given as such", arguments: [59, 17, 50, 51] as [UInt8])
    func notWalked(nextHeader: UInt8) throws {
        let parsed = try parse(packet(nextHeader, [58, 0, 0, 0, 0, 0, 0, 0]))
        #expect(parsed.nextHeader == nextHeader && parsed.payload == 40..<48)
    }

    @Test("Hop-by-hop options anywhere but first are refused")
    func lateHopByHop() {
        let octets = packet(60, [0, 0, 1, 4, 0, 0, 0, 0, 58, 0, 5, 2, 0, 0, 1, 0])
        #expect(throws: WireError.malformed("hop-by-hop options not first")) { try parse(octets) }
    }

    @Test("M7 A packet cut anywhere is refused")
    func truncated() {
        let octets = packet(0, [58, 0] + Self.alert + [1, 0] + [130, 0, 0, 0])
        for length in 0..<octets.count {
            #expect(throws: WireError.self) { try parse(Array(octets.prefix(length))) }
        }
    }

    @Test("M7 A header that claims more than the payload length is refused")
    func headerBeyondPayload() {
        #expect(throws: WireError.self) { try parse(packet(0, [58, 1] + Self.alert + [1, 0] + [0, 0, 0, 0])) }
        #expect(throws: WireError.self) { try parse(packet(0, [58])) }
    }

    @Test("Another version of IP is refused")
    func version() {
        var octets = packet(58, [1])
        octets[0] = 0x45
        #expect(throws: WireError.version(4)) { try parse(octets) }
    }
}
