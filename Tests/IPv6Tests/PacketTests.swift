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

    @Test("Extension headers are walked to the upper layer")
    func chain() throws {
        let hopByHop: [UInt8] = [60, 0] + Self.alert + [1, 0]
        let destination: [UInt8] = [43, 1] + [UInt8](repeating: 0, count: 14)
        let routing: [UInt8] = [58, 0, 0, 0, 0, 0, 0, 0]
        let parsed = try parse(packet(0, hopByHop + destination + routing + [1, 2]))
        #expect(parsed.routerAlert && parsed.nextHeader == 58 && parsed.payload == 72..<74)
    }

    @Test("Fragments are given as such", arguments: [44, 59, 17] as [UInt8])
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
