import IPv6
import MLD
import Testing

@Suite("Wire formats")
struct WireTests {
    @Test("C2 C5 C6 A general query, octet by octet")
    func generalQuery() throws {
        let query = MLDQuery(maximumResponseDelay: 10_000)
        let expected = octets("82 00 0000 2710 0000" + String(repeating: "00", count: 16) + "02 7d 0000")
        let encoded = query.encoded(from: address("fe80::1"), to: .allNodes)
        #expect(encoded.count == 28)
        #expect(zeroingChecksum(encoded) == expected)
        #expect(try parseQuery(encoded) == query)
    }

    @Test("C61 A source-specific query with S, octet by octet")
    func sourceQuery() throws {
        let query = MLDQuery(
            maximumResponseDelay: 1000, group: address("ff3e::8000:1"), suppressRouterSideProcessing: true,
            robustnessVariable: 3, queryInterval: 160, sources: [address("2001:db8::1")])
        let expected = octets(
            """
            82 00 0000 03e8 0000 ff3e 0000 0000 0000 0000 0000 8000 0001 0b 84 0001
            2001 0db8 0000 0000 0000 0000 0000 0001
            """)
        let encoded = query.encoded(from: address("fe80::1"), to: query.destination)
        #expect(zeroingChecksum(encoded) == expected)
        #expect(try parseQuery(encoded) == query)
        #expect(query.destination == address("ff3e::8000:1"))
    }

    @Test("C10 A query of 24 octets is version 1, 28 and more version 2, anything else is refused", arguments: 0...60)
    func queryLength(length: Int) {
        let message = [130] + [UInt8](repeating: 0, count: 59)
        let query = try? parseQuery(message.prefix(length))
        switch length {
        case 24: #expect(query?.version == .mldv1)
        case 28...: #expect(query?.version == .mldv2)
        default: #expect(query == nil)
        }
    }

    @Test("C17 QRV above 7 goes out as 0", arguments: [(1, 1), (7, 7), (8, 0), (255, 0)] as [(UInt8, UInt8)])
    func robustness(value: UInt8, field: UInt8) {
        let query = MLDQuery(maximumResponseDelay: 1, robustnessVariable: value)
        #expect(query.encoded(from: .unspecified, to: .allNodes)[24] == field)
    }

    @Test("A version 1 query has a linear delay")
    func version1Query() throws {
        let query = MLDQuery(
            version: .mldv1, maximumResponseDelay: 40_000, robustnessVariable: 0, queryInterval: 0)
        let encoded = query.encoded(from: address("fe80::1"), to: .allNodes)
        #expect(zeroingChecksum(encoded) == octets("82 00 0000 9c40 0000" + String(repeating: "00", count: 16)))
        #expect(try parseQuery(encoded) == query)
    }

    @Test("C2 C5 C6 C12 A version 2 report, octet by octet")
    func report() throws {
        let report = MLDReport([
            .init(.toExclude, address("ff1e::1")), .init(.allow, address("ff3e::2"), [address("2001:db8::1")]),
        ])
        let expected = octets(
            """
            8f 00 0000 0000 0002
            04 00 0000 ff1e 0000 0000 0000 0000 0000 0000 0001
            05 00 0001 ff3e 0000 0000 0000 0000 0000 0000 0002 2001 0db8 0000 0000 0000 0000 0000 0001
            """)
        let encoded = report.encoded(from: address("fe80::1"), to: .allMLDv2Routers)
        #expect(zeroingChecksum(encoded) == expected)
        var view = try MLDReportView(parsing: encoded.span.bytes)
        let bytes = encoded.span.bytes
        let first = view.next(in: bytes)
        #expect(first?.kind == .toExclude && first?.group == address("ff1e::1") && first?.sources.count == 0)
        let second = view.next(in: bytes)
        let named = second?.sources.address(at: 0, in: bytes)
        let end = view.next(in: bytes)
        #expect(second?.kind == .allow && named == source(1) && end == nil)
    }

    @Test("C11 C12 Auxiliary data is skipped by 32-bit words, an unknown record type is known as such")
    func auxiliaryData() throws {
        let message = octets(
            """
            8f 00 0000 0000 0002
            09 02 0001 ff1e 0000 0000 0000 0000 0000 0000 0001 2001 0db8 0000 0000 0000 0000 0000 0001 dead beef dead beef
            06 00 0000 ff1e 0000 0000 0000 0000 0000 0000 0002
            """)
        var view = try MLDReportView(parsing: message.span.bytes)
        let first = view.next(in: message.span.bytes)
        #expect(first != nil && first?.kind == nil)
        let second = view.next(in: message.span.bytes)
        #expect(second?.kind == .block && second?.group == address("ff1e::2"))
    }

    @Test("C13 M7 A report cut anywhere before its end is refused")
    func truncatedReport() {
        let report = MLDReport([
            .init(.isInclude, group(1), [source(1), source(2)]), .init(.isExclude, group(2)),
        ]).encoded(from: host(1), to: .allMLDv2Routers)
        for length in 0..<report.count {
            #expect(throws: WireError.self) { try parseReport(report.prefix(length)) }
        }
        #expect(throws: Never.self) { try parseReport(report + [0xff]) }
    }

    @Test("C13 M7 A query cut anywhere in its sources is refused")
    func truncatedQuery() {
        let query = MLDQuery(maximumResponseDelay: 1, group: group(1), sources: [source(1), source(2)])
            .encoded(from: host(1), to: group(1))
        for length in 28..<query.count {
            #expect(throws: WireError.self) { try parseQuery(query.prefix(length)) }
        }
        #expect((try? parseQuery(query + [0]))?.sources.count == 2)
    }

    @Test(
        "C2 C5 C6 A version 1 report and done, octet by octet",
        arguments: [(MLDv1Message.Kind.report, "83"), (.done, "84")])
    func version1(kind: MLDv1Message.Kind, type: String) throws {
        let message = MLDv1Message(kind, address("ff1e::1"))
        let encoded = message.encoded(from: address("fe80::1"), to: message.group)
        #expect(zeroingChecksum(encoded) == octets(type + " 00 0000 0000 0000 ff1e 0000 0000 0000 0000 0000 0000 0001"))
        #expect(try parseVersion1(encoded) == message)
        #expect(throws: WireError.self) { try parseVersion1(encoded.prefix(23)) }
    }

    @Test("C1 A whole packet has hop limit 1, Router Alert and a right checksum")
    func wholePacket() throws {
        let query = MLDQuery(maximumResponseDelay: 10_000)
        let octets = query.packet(from: address("fe80::1"), to: .allNodes)
        let packet = try IPv6Packet(parsing: octets.span.bytes)
        #expect(packet.hopLimit == 1 && packet.routerAlert && packet.nextHeader == 58)
        #expect(packet.source == address("fe80::1") && packet.destination == .allNodes)
        let payload = octets.span.bytes.extracting(packet.payload)
        var checksum = InternetChecksum(
            source: packet.source, destination: packet.destination, length: payload.byteCount, nextHeader: 58)
        checksum.add(payload)
        let value = checksum.value
        let parsed = try MLDQuery(parsing: payload)
        #expect(value == 0 && parsed == query)
    }

    @Test(
        "C16 As many sources fit in a query as the MTU allows",
        arguments: [(1500, 89), (1280, 75), (9000, 557), (0, 1)])
    func capacity(mtu: Int, sources: Int) { #expect(MLDQuery.sourceCapacity(mtu: mtu) == sources) }

    private func zeroingChecksum(_ octets: [UInt8]) -> [UInt8] { octets[..<2] + [0, 0] + octets[4...] }

    private func parseQuery(_ octets: some Sequence<UInt8>) throws -> MLDQuery {
        try MLDQuery(parsing: Array(octets).span.bytes)
    }

    private func parseVersion1(_ octets: some Sequence<UInt8>) throws -> MLDv1Message {
        try MLDv1Message(parsing: Array(octets).span.bytes)
    }

    private func parseReport(_ octets: some Sequence<UInt8>) throws -> MLDReportView {
        try MLDReportView(parsing: Array(octets).span.bytes)
    }
}
