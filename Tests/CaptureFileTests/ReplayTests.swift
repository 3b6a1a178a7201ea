import CaptureFile
import JSONText
import Replay
import RouterControl
import Testing
import Timing

@Suite struct ReplayTests {
    private static let start = 1_795_336_724.952912

    // MARK: real links

    private static let mldv2Groups = [
        "ff02::6a exclude mldv2 0/1", "ff02::1:ff00:a exclude mldv2 0/1", "ff02::1:ff00:b exclude mldv1 0/1",
        "ff02::1:ff3d:8e87 exclude mldv2 0/1", "ff02::1:ffaa:1ad2 exclude mldv2 0/1",
        "ff02::1:ffab:f88c exclude mldv1 0/1",
        "ff15::5678 exclude mldv1 0/0",  // its version 1 listener is done, but the querier has not asked yet
    ]

    @Test(
        "C8 Of a real link a router counts all but the reports from ::, a snooper those too",
        arguments: ReplayRole.allCases)
    func mldv2(role: ReplayRole) throws {
        let result = try Replayed(SampleCapture(fixture: SampleCapture.mldv2), as: role)
        #expect(result.packets == 80)
        let received = MessageCounts(query: 6, report: role == .router ? 49 : 51, reportV1: 6, done: 1)
        #expect(result.statistics.received == received)
        #expect(result.statistics.sent == MessageCounts())
        #expect(result.statistics.error == ErrorCounts(sourceAddress: role == .router ? 2 : 0))
        // ff35::8000:1 and 100 groups of one host have come and gone, ff35::8000:2 never was: sources were only blocked.
        // The snooper has nobody to know when whoever spoke from :: leaves, but all of them spoke again with an address.
        // Nobody answered for the last one within two seconds; the snooper goes on waiting for the querier.
        #expect(result.groups == (role == .router ? Self.mldv2Groups.dropLast() : Self.mldv2Groups))
        #expect(result.count(.groupAdded) == 109)
        #expect(result.count(.groupRemoved) == (role == .router ? 103 : 102))
        let first = result.events.first { $0.event == .groupAdded }
        #expect(first?.groupAddress == "ff02::1:ff00:b")
        // The first frame is one from ::, the sixth the first that a router takes.
        #expect(abs((first?.time ?? 0) - Self.start - (role == .router ? 1.074859 : 0)) < 1e-6)
    }

    @Test("A real link with specific queries of its querier", arguments: ReplayRole.allCases)
    func specificQueries(role: ReplayRole) throws {
        let result = try Replayed(SampleCapture(fixture: SampleCapture.specificQueries), as: role)
        #expect(result.statistics.received == MessageCounts(query: 11, report: 15, reportV1: 7, done: 1))
        #expect(result.statistics.error == ErrorCounts())
        #expect(
            result.groups == [
                "ff02::6a exclude mldv2 0/1", "ff02::1:ff00:a exclude mldv1 0/1",
                "ff02::1:ff3d:8e87 exclude mldv1 0/1", "ff02::1:ffaa:1ad2 exclude mldv2 0/1",
            ])
        #expect(result.count(.groupAdded) == 7)
        #expect(result.count(.groupRemoved) == 3)
        // Asked for at 5.007485 and 6.035468, answered by nobody: two times the second that the query gives, §7.6.1. The router
        // would have asked when the last host let it go, at 4.000631.
        let gone = try #require(result.events.first { $0.event == .sourceRemoved })
        #expect(gone.sourceAddress == "2001:db8:1::100")
        #expect(abs(gone.time - 1_795_336_822.420941 - (role == .router ? 6.000631 : 7.007485)) < 1e-5)
    }

    @Test("The querier is the one that is heard, and its values count")
    func querier() throws {
        let result = try Replayed(SampleCapture(fixture: SampleCapture.mldv2))
        let changes = result.events.filter { $0.event == .querierChanged }
        #expect(
            changes.map(\.querier) == [QuerierStatus(address: "fe80::8c4:79ff:feaa:1ad2", isSelf: false, expire: nil)])
        #expect(abs((changes.first?.time ?? 0) - Self.start - 6.255557) < 1e-6)
        // Other Querier Present: 2 times 10 s and half of the response interval, after the query at 57.451448 s.
        let silence = try #require(
            try Replayed(SampleCapture(fixture: SampleCapture.mldv2), until: 400).events.last {
                $0.event == .querierChanged
            })
        #expect(silence.querier == QuerierStatus(address: nil, isSelf: false, expire: nil))
        #expect(abs(silence.time - Self.start - 82.451448) < 1e-6)
        // Robustness 2, query interval 10 s; reported at 60.271476, the capture ends at 61.323806 s.
        let group = try #require(result.end.groups.first)
        #expect(abs((group.expire ?? 0) - (60.271476 + 2 * 10 + 2 * 10 - 61.323806)) < 1e-6)
        #expect(abs(result.end.time - Self.start - 61.323806) < 1e-6)
    }

    @Test("Events are numbered from 1 and in the order of time, the end has the next number")
    func numbers() throws {
        let result = try Replayed(SampleCapture(fixture: SampleCapture.mldv2), until: 500)
        #expect(result.events.map(\.sequence) == Array(1...UInt64(result.events.count)))
        #expect(result.end.sequence == UInt64(result.events.count) + 1)
        #expect(zip(result.events, result.events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(result.events.allSatisfy { $0.interface == "lan0" })
    }

    @Test("After the end of a capture timers run out, each at its own time")
    func expiry() throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        let shown = try Replayed(sample)
        let early = try Replayed(sample, until: 100.2)
        #expect(early.groups == ["ff02::6a exclude mldv2 0/1", "ff02::1:ffaa:1ad2 exclude mldv2 0/1"])
        #expect(abs(early.end.time - Self.start - 100.2) < 1e-6)
        let late = try Replayed(sample, until: 400)
        #expect(late.groups == [])
        #expect(Array(late.events.prefix(shown.events.count)) == shown.events)
        let last = try #require(late.events.last { $0.event == .groupRemoved })
        #expect(abs(last.time - Self.start - 100.271476) < 1e-5)
        #expect(try Replayed(sample, until: 1) == shown)  // that time has passed
    }

    // MARK: forms

    private static let sll: [UInt8] = [0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x86, 0xdd]
    private static let sll2: [UInt8] = [0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 2, 6, 1, 2, 3, 4, 5, 6, 0, 0]
    private static let wrappings: [(UInt32, [UInt8])] = [
        (113, sll), (276, sll2), (101, []), (229, []), (0, [10, 0, 0, 0]), (108, [0, 0, 0, 24]),
        (1, [UInt8](repeating: 2, count: 12) + [0x81, 0, 0, 5, 0x86, 0xdd]),
        (1, [UInt8](repeating: 2, count: 12) + [0x88, 0xa8, 0, 7, 0x81, 0, 0, 5, 0x86, 0xdd]),
    ]

    @Test("A replay is the same whatever file form the capture has", arguments: SampleCapture.Form.allCases)
    func forms(form: SampleCapture.Form) throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        #expect(try Replayed(sample, form) == Replayed(sample))
    }

    @Test("A replay is the same whatever link the packets were captured on", arguments: wrappings.indices)
    func links(index: Int) throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        let (linkType, header) = Self.wrappings[index]
        for form in [SampleCapture.Form.microseconds, .pcapng] {
            #expect(try Replayed(sample.relinked(linkType, header: header), form) == Replayed(sample))
        }
    }

    @Test("Padding behind the packets changes nothing, nor do other protocols between them")
    func padding() throws {
        let sample = try SampleCapture(fixture: SampleCapture.mldv2)
        var mixed = sample.mapped { $0 + [UInt8](repeating: 0xa5, count: 9) }
        let arp = [UInt8](repeating: 0xff, count: 12) + [0x08, 0x06] + [UInt8](repeating: 0, count: 28)
        mixed.frames = mixed.frames.flatMap { [$0, .init(time: $0.time, octets: arp, length: arp.count)] }
        let result = try Replayed(mixed)
        #expect(result == (try Replayed(sample)))
        #expect(result.packets == 80)
    }

    // MARK: time

    @Test("A frame from before the last one counts as of the same time")
    func backwards() throws {
        var sample = try SampleCapture(fixture: SampleCapture.mldv2)
        let last = sample.frames.count - 1
        let regular = try Replayed(sample)
        sample.frames[last].time = 0
        let result = try Replayed(sample)
        #expect(result.groups == regular.groups)
        #expect(abs(result.end.time - Self.start - 61.323553) < 1e-6)
    }

    @Test("A leap over centuries ends what was known and no more", .timeLimit(.minutes(10)))
    func leap() throws {
        var sample = try SampleCapture(fixture: SampleCapture.mldv2)
        sample.frames.append(
            .init(time: CapturedFrame.latest.nanoseconds, octets: sample.frames[1].octets, length: 86))
        sample.frames[0].time = 0
        let result = try Replayed(sample, .pcapng)
        #expect(result.groups == [])
        #expect(result.count(.groupAdded) == result.count(.groupRemoved))
        #expect(result.end.time > 9e9)
    }

    @Test("A last line of JSON has the tables")
    func json() throws {
        let end = try Replayed(SampleCapture(linkType: 229, [[0x60]])).end
        #expect(
            JSONWriter.text(of: end)
                == #"{"sequence":1,"time":1,"event":"end","groups":[],"statistics":[{"interface":"lan0","#
                + String(JSONWriter.text(of: InterfaceStatistics(interface: "lan0")).dropFirst(20)) + "]}")
    }
}
