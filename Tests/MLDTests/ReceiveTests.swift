import IPv6
import MLD
import SeededRandom
import Testing

@Suite("Receiving")
struct ReceiveTests {
    typealias Errors = MLDStatistics.Errors

    static let join = MLDReport([.init(.toExclude, group(1))])

    private func encoded(_ message: some MLDMessage) -> [UInt8] { message.encoded(from: host(1), to: .allMLDv2Routers) }

    @Test("C3 A report with another hop limit is dropped", arguments: [0, 2, 64, 255] as [UInt8])
    func hopLimit(hops: UInt8) {
        var link = TestLink()
        link.receive(encoded(Self.join), from: host(1), hopLimit: hops)
        #expect(link.router.groupCount == 0 && link.router.statistics.errors.hopLimit == 1)
        #expect(link.router.statistics.received.report == 0)
    }

    @Test(
        "C3 A report without Router Alert is dropped, unless the configuration says otherwise",
        arguments: [true, false])
    func routerAlert(required: Bool) {
        var link = TestLink { $0.requireRouterAlert = required }
        link.receive(encoded(Self.join), from: host(1), routerAlert: false)
        #expect(link.router.groupCount == (required ? 0 : 1))
        #expect(link.router.statistics.errors.routerAlert == (required ? 1 : 0))
    }

    @Test(
        "C3 C7 C8 M6 Messages from anything but a link-local address are dropped",
        arguments: ["::", "2001:db8::1", "ff02::1"])
    func sourceAddress(text: String) {
        var link = TestLink()
        link.receive(encoded(Self.join), from: address(text))
        link.receive(encoded(MLDQuery(maximumResponseDelay: 1000)), from: address(text), to: .allNodes)
        link.receive(encoded(MLDv1Message(.report, group(1))), from: address(text), to: group(1))
        #expect(link.router.groupCount == 0 && link.router.querier.isSelf)
        #expect(link.router.statistics.errors.sourceAddress == 3)
    }

    @Test("C9 Version 1 reports and queries are taken whatever they were sent to")
    func anyDestination() {
        var link = TestLink()
        link.receive(MLDv1Message(.report, group(1)), from: host(1), to: address("fe80::ff"))
        link.receive(MLDQuery(maximumResponseDelay: 1000, group: group(1)), from: address("fe80::1"), to: .allNodes)
        #expect(link.router.groupCount == 1 && !link.router.querier.isSelf)
    }

    @Test("C2 Unknown types are ignored and counted", arguments: [0, 1, 128, 133, 144, 255] as [UInt8])
    func unknownType(type: UInt8) {
        var link = TestLink()
        link.receive([type] + [UInt8](repeating: 0, count: 40), from: host(1))
        #expect(link.router.statistics.errors == errors { $0.unknownType = 1 } && link.taken().isEmpty)
    }

    @Test("C10 C13 Short messages and lengths that cannot be are counted apart")
    func lengths() {
        var link = TestLink()
        for message in [[], [143], [143, 0, 0, 0, 0, 0, 0], [130] + [UInt8](repeating: 0, count: 22)] as [[UInt8]] {
            link.receive(message, from: host(1))
        }
        #expect(link.router.statistics.errors == errors { $0.tooShort = 4 })
        link.receive([130] + [UInt8](repeating: 0, count: 26), from: host(1))
        link.receive([143, 0, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 19), from: host(1))
        #expect(
            link.router.statistics.errors
                == errors {
                    $0.tooShort = 4
                    $0.malformed = 2
                })
    }

    @Test("C13 M7 A report that is bad at its end makes no state, and the next one works")
    func allOrNothing() {
        var link = TestLink()
        var bad = encoded(MLDReport([.init(.toExclude, group(1)), .init(.allow, group(2), [source(1)])]))
        bad.removeLast()
        link.receive(bad, from: host(1))
        #expect(link.router.groupCount == 0 && link.router.statistics.errors.malformed == 1)
        link.receive(Self.join, from: host(1))
        #expect(link.router.groupCount == 1)
    }

    @Test("C5 C6 Trailing octets, code and reserved fields are ignored")
    func ignoredFields() {
        var link = TestLink()
        var message = encoded(Self.join) + [1, 2, 3]
        message[1] = 0xff
        message[4] = 0xff
        message[5] = 0xff
        link.receive(message, from: host(1))
        #expect(link.router.groupCount == 1)
    }

    @Test("C11 A record of unknown type is skipped, the others count", arguments: [0, 7, 255] as [UInt8])
    func unknownRecord(type: UInt8) {
        var link = TestLink()
        var message = encoded(MLDReport([.init(.toExclude, group(1)), .init(.toExclude, group(2))]))
        message[8] = type
        link.receive(message, from: host(1))
        #expect(link.router.group(group(1)) == nil && link.router.group(group(2)) != nil)
    }

    @Test(
        "C14 Records for no group that can be joined are ignored",
        arguments: ["::", "2001:db8::1", "fe80::1", "ff02::1"])
    func noGroup(text: String) {
        var link = TestLink()
        link.report(.toExclude, address(text))
        link.receive(MLDv1Message(.report, address(text)), from: host(1))
        #expect(link.router.groupCount == 0)
        link.report(.toExclude, group(1))
        #expect(link.router.groupCount == 1)
    }

    @Test(
        "C14 C84 Other groups of any scope are tracked",
        arguments: ["ff02::16", "ff02::fb", "ff00::5", "ff01::5", "ff05::1", "ff1e::1"])
    func tracked(text: String) {
        var link = TestLink()
        link.report(.toExclude, address(text))
        #expect(link.router.isWanted(group: address(text)))
    }

    @Test("C14 Sources that are no unicast address are ignored")
    func noSources() {
        var link = TestLink()
        link.report(.allow, group(1), [address("::"), address("ff02::1"), source(1)])
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(1)])
        link.report(.allow, group(2), [address("::"), address("ff02::1")])
        #expect(link.router.groupCount == 1 && link.router.hostCount == 1)
        link.report(.toExclude, group(3), [address("ff02::1")])
        #expect(link.router.group(group(3))?.sources == [])
    }

    @Test("Sources named twice count once")
    func duplicateSources() {
        var link = TestLink.settled()
        link.report(.allow, group(1), [source(2), source(1), source(2), source(1)])
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(1), source(2)])
        #expect(link.router.listenerCount(group: group(1), source: source(1)) == 1)
        link.report(.block, group(1), [source(1), source(1)])
        link.report(.block, group(1), [source(2)])
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
    }

    @Test("C2 Accepted and sent messages are counted by type")
    func counting() {
        var link = TestLink()
        link.receive(Self.join, from: host(1))
        link.receive(MLDv1Message(.report, group(2)), from: host(2), to: group(2))
        link.receive(MLDv1Message(.done, group(2)), from: host(2), to: .allRouters)
        link.receive(MLDQuery(maximumResponseDelay: 1000), from: host(3), to: .allNodes)
        link.router.count(.checksum)
        var expected = MLDStatistics.Messages()
        expected.query = 1
        expected.report = 1
        expected.reportV1 = 1
        expected.done = 1
        #expect(link.router.statistics.received == expected)
        #expect(link.router.statistics.errors == errors { $0.checksum = 1 })
        // One general query at the start, one specific for the done.
        #expect(link.router.statistics.sent.query == 2)
    }

    @Test("C13 M7 No message of arbitrary octets brings the router down")
    func arbitraryOctets() {
        var random = SeededGenerator(seed: 7)
        var link = TestLink { $0.maximumGroups = 50 }
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...200, using: &random)
            var message = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            if length > 0 { message[0] = [130, 131, 132, 143].randomElement(using: &random) ?? 143 }
            if length > 8 {
                message[6] = 0
                message[7] = UInt8.random(in: 0...3, using: &random)
                message[8] = UInt8.random(in: 0...7, using: &random)
            }
            if length > 14 {
                message[9] = UInt8.random(in: 0...2, using: &random)
                message[10] = 0
                message[11] = UInt8.random(in: 0...4, using: &random)
                message[12] = 0xff
            }
            link.receive(message, from: host(Int.random(in: 1...5, using: &random)))
            if Bool.random(using: &random) { link.pass(.milliseconds(300)) }
        }
        #expect(link.router.groupCount <= 50)
        #expect(link.router.statistics.received.report > 1000 && link.router.statistics.errors.malformed > 1000)
        link.pass(.seconds(600))
        #expect(link.router.groupCount == 0 && link.router.hostCount == 0)
    }

    private func errors(_ adjust: (inout Errors) -> Void) -> Errors {
        var errors = Errors()
        adjust(&errors)
        return errors
    }
}
