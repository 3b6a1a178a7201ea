import IPv6
import MLD
import Testing

@testable import MLDSimulation

@Suite("What may be sent")
struct SentMessageTests {
    private static let address = SimulationPlan.address(ofRouter: 1)
    private static let group = IPv6Address(high: 0xff1e << 48, low: 1)

    private static func query(_ group: IPv6Address = .unspecified, _ sources: Int = 0) -> [UInt8] {
        let query = MLDQuery(maximumResponseDelay: 1000, group: group, sources: (0..<sources).map(SourceSet.address))
        return query.packet(from: address, to: query.destination)
    }

    @Test("C1 C4 C5 C6 C15 Good messages of both versions pass")
    func good() {
        let report = MLDReport([.init(.toExclude, Self.group, [SourceSet.address(1)]), .init(.toInclude, Self.group)])
        let messages: [([UInt8], SentMessage.Sender)] = [
            (Self.query(), .router), (Self.query(Self.group), .router), (Self.query(Self.group, 75), .router),
            (report.packet(from: Self.address, to: .allMLDv2Routers), .host),
            (MLDv1Message(.report, Self.group).packet(from: Self.address, to: Self.group), .host),
            (MLDv1Message(.done, Self.group).packet(from: Self.address, to: .allRouters), .host),
        ]
        for (octets, sender) in messages {
            let problem = SentMessage.problem(octets, from: Self.address, mtu: 1280, by: sender)
            #expect(problem == nil)
        }
    }

    /// Changes of one octet of a general query, each at its offset.
    @Test(
        "C1 C4 C5 C6 C15 One wrong octet is found",
        arguments: [
            (7, 2), (4, 1), (40, 59), (42, 1), (8, 0x20), (24, 0xfe), (39, 2), (49, 1), (50, 0), (54, 1), (48, 143),
            (72, 0x80), (75, 1), (0, 0x40),
        ] as [(Int, UInt8)])
    func wrong(offset: Int, value: UInt8) {
        var octets = Self.query()
        octets[offset] = value
        #expect(SentMessage.problem(octets, from: Self.address, mtu: 1500, by: .router) != nil)
    }

    @Test(
        "C5 C15 C16 So is one octet too many, the wrong destination, the wrong sender and what is longer than the MTU")
    func whole() {
        #expect(SentMessage.problem(Self.query() + [0], from: Self.address, mtu: 1500, by: .router) != nil)
        #expect(SentMessage.problem(Self.query(), from: Self.address, mtu: 1500, by: .host) != nil)
        #expect(SentMessage.problem(Self.query(), from: Self.group, mtu: 1500, by: .router) != nil)
        #expect(SentMessage.problem(Self.query(Self.group, 76), from: Self.address, mtu: 1280, by: .router) != nil)
        let specific = MLDQuery(maximumResponseDelay: 1000, group: Self.group)
        let astray = specific.packet(from: Self.address, to: .allNodes)
        #expect(SentMessage.problem(astray, from: Self.address, mtu: 1500, by: .router) != nil)
        let empty = MLDReport([.init(.isInclude, Self.group)]).packet(from: Self.address, to: .allMLDv2Routers)
        #expect(SentMessage.problem(empty, from: Self.address, mtu: 1500, by: .host) != nil)
    }
}
