import IPv6
import MLD
import Testing

@testable import NetworkLab

@Suite("Crafted reports")
struct ReportFrameTests {
    @Test("a frame is a report as RFC 9777 §5 wants it")
    func frame() throws {
        let group = try #require(IPv6Address("ff1e::1234"))
        let source = try #require(IPv6Address("2001:db8::1"))
        let octets = ReportFrame(.allow, group, [source], fromHost: 7).octets
        #expect(Array(octets[..<6]) == [0x33, 0x33, 0, 0, 0, 0x16])
        #expect(Array(octets[12..<14]) == [0x86, 0xdd])
        let packet = octets.span.bytes.extracting(14..<octets.count)
        let headers = try IPv6Packet(parsing: packet)
        #expect(headers.source == ReportFrame.address(ofHost: 7) && headers.source.isLinkLocal)
        #expect(headers.destination == .allMLDv2Routers)
        #expect(headers.hopLimit == 1 && headers.routerAlert && headers.nextHeader == 58)
        let message = packet.extracting(headers.payload)
        var checksum = InternetChecksum(
            source: headers.source, destination: headers.destination, length: message.byteCount, nextHeader: 58)
        checksum.add(message)
        #expect(checksum.value == 0)
        guard let seen = MLDFrame(packet, outgoing: false, at: .distantFuture) else {
            Issue.record("not taken for MLD")
            return
        }
        #expect(seen.records.map(\.group) == [group] && seen.records.first?.sources == [source])
        #expect(seen.records.first?.type == 5)
    }

    @Test(
        "a load holds every group once, in reports of one host each",
        arguments: [(10, 3, 2), (1000, 64, 100), (7, 1, 7)])
    func load(groups: Int, records: Int, hosts: Int) {
        let load = ReportLoad(groups: groups, recordsPerReport: records, hosts: hosts)
        let perHost = (0..<hosts).map { host in (0..<groups).filter { $0 % hosts == host }.count }
        #expect(load.frames == perHost.reduce(0) { $0 + ($1 + records - 1) / records })
    }
}
