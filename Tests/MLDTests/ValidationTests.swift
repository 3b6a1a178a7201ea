import IPv6
import MLD
import Testing
import Timing

/// What is believed of messages of every kind, told by what they do to the router.
@Suite("Validation")
struct ValidationTests {
    /// A message of each kind that changes the router when it is believed.
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var message: any MLDMessage
        var destination: IPv6Address
        /// The octets of reserved fields, bits that receivers ignore included.
        var reserved: [Int]
        var testDescription: String { name }

        var octets: [UInt8] { message.encoded(from: ValidationTests.sender, to: destination) }
    }

    static let sender = address("fe80::1")

    static let samples: [Sample] = [
        Sample(
            name: "version 2 report",
            message: MLDReport([.init(.toExclude, group(1), [source(1)]), .init(.allow, group(2), [source(2)])]),
            destination: .allMLDv2Routers, reserved: [4, 5]),
        Sample(
            name: "version 1 report", message: MLDv1Message(.report, group(1)), destination: group(1),
            reserved: [4, 5, 6, 7]),
        Sample(
            name: "Done", message: MLDv1Message(.done, group(7)), destination: .allRouters, reserved: [4, 5, 6, 7]),
        Sample(
            name: "general query", message: MLDQuery(maximumResponseDelay: 10_000), destination: .allNodes,
            reserved: [6, 7]),
        Sample(
            name: "group query", message: MLDQuery(maximumResponseDelay: 1000, group: group(7)),
            destination: group(7), reserved: [6, 7]),
        Sample(
            name: "version 1 query", message: MLDQuery(version: .mldv1, maximumResponseDelay: 1000, group: group(7)),
            destination: group(7), reserved: [6, 7]),
    ]

    /// All that a message can change; what is told to observers is left out.
    private struct Effect: Equatable {
        var groups: [GroupListing]
        var querier: MLDQuerier
        var actions: [MLDRouter.Action]
        var received: MLDStatistics.Messages
    }

    /// The router before a message: group 7 has a listener.
    private func link(requireRouterAlert: Bool = true) -> TestLink {
        var link = TestLink.settled { $0.requireRouterAlert = requireRouterAlert }
        link.report(.toExclude, group(7), host: 9)
        _ = link.taken()
        return link
    }

    private func effect(on link: TestLink) -> Effect {
        var link = link
        return Effect(
            groups: link.router.groups.compactMap { link.router.group($0) }, querier: link.router.querier,
            actions: link.taken().filter { if case .event = $0 { false } else { true } },
            received: link.router.statistics.received)
    }

    private func effect(
        of octets: [UInt8], of sample: Sample, hopLimit: UInt8 = 1, routerAlert: Bool = true, required: Bool = true
    ) -> Effect {
        var link = link(requireRouterAlert: required)
        link.receive(
            octets, from: Self.sender, to: sample.destination, hopLimit: hopLimit, routerAlert: routerAlert)
        return effect(on: link)
    }

    @Test("C3 C7 C8 M6 Only from a link-local address, with hop limit 1 and Router Alert", arguments: samples)
    func onLink(sample: Sample) {
        let untouched = effect(on: link())
        #expect(effect(of: sample.octets, of: sample) != untouched)
        for hops in [0, 2, 3, 64, 254, 255] as [UInt8] {
            #expect(effect(of: sample.octets, of: sample, hopLimit: hops) == untouched, "hop limit \(hops)")
        }
        for text in ["::", "::1", "2001:db8::1", "fec0::1", "fe00::1", "ff02::1"] {
            var link = link()
            link.receive(sample.octets, from: address(text), to: sample.destination)
            #expect(effect(on: link) == untouched, "from \(text)")
            #expect(link.router.statistics.errors.sourceAddress == 1)
        }
    }

    @Test("C3 M6 Without Router Alert nothing counts, unless the configuration says otherwise", arguments: samples)
    func routerAlert(sample: Sample) {
        let untouched = effect(on: link())
        #expect(effect(of: sample.octets, of: sample, routerAlert: false) == untouched)
        #expect(
            effect(of: sample.octets, of: sample, routerAlert: false, required: false)
                == effect(of: sample.octets, of: sample))
    }

    @Test("C5 Octets behind the end change nothing", arguments: samples)
    func trailingOctets(sample: Sample) {
        // A version 1 query is known by its length: with more octets it would be another message (C10).
        if let query = sample.message as? MLDQuery, query.version == .mldv1 { return }
        let plain = effect(of: sample.octets, of: sample)
        for count in [1, 2, 3, 4, 16, 100] {
            let octets = sample.octets + [UInt8](repeating: 0xff, count: count)
            #expect(effect(of: octets, of: sample) == plain, "\(count) more octets")
        }
    }

    @Test("C6 Code and reserved fields change nothing, and are sent as 0", arguments: samples)
    func reservedFields(sample: Sample) {
        let plain = effect(of: sample.octets, of: sample)
        for index in [1] + sample.reserved {
            #expect(sample.octets[index] == 0)
            for value in [1, 0x80, 0xff] as [UInt8] {
                var octets = sample.octets
                octets[index] = value
                #expect(effect(of: octets, of: sample) == plain, "octet \(index) is \(value)")
            }
        }
    }

    @Test("C6 The four bits before the S flag change nothing, and are sent as 0")
    func queryFlags() {
        for sample in Self.samples where sample.octets.count == 28 && sample.octets[0] == 130 {
            #expect(sample.octets[24] & 0xf0 == 0)
            var octets = sample.octets
            octets[24] |= 0xf0
            #expect(effect(of: octets, of: sample) == effect(of: sample.octets, of: sample))
        }
    }

    @Test("C9 The destination of a query or of a version 1 report decides nothing", arguments: samples)
    func destination(sample: Sample) {
        if sample.message is MLDReport { return }
        let plain = effect(of: sample.octets, of: sample)
        for destination in [.allNodes, TestLink.routerAddress, address("2001:db8::ff"), group(1), .allRouters] {
            var link = link()
            link.receive(sample.octets, from: Self.sender, to: destination)
            #expect(effect(on: link) == plain, "to \(destination)")
        }
    }

    @Test("C12 Records with auxiliary data count like those without", arguments: [1, 2, 63, 255])
    func auxiliaryData(words: Int) {
        let sample = Self.samples[0]
        let records = Array(sample.octets.dropFirst(8))
        var first = Array(records.prefix(36))
        first[1] = UInt8(words)
        let octets =
            sample.octets.prefix(8) + first + [UInt8](repeating: 0xaa, count: 4 * words) + records.dropFirst(36)
        #expect(effect(of: Array(octets), of: sample) == effect(of: sample.octets, of: sample))
    }

    @Test(
        "C13 M7 No single octet of a message, whatever it is, harms the router or the next message", arguments: samples)
    func everyOctet(sample: Sample) {
        for index in sample.octets.indices {
            for value in UInt8.min...UInt8.max {
                var link = link()
                var octets = sample.octets
                octets[index] = value
                link.receive(octets, from: Self.sender, to: sample.destination)
                #expect(link.router.groupCount <= 3 && link.router.hostCount <= 2)
                if value % 64 != 0 { continue }
                link.report(.toExclude, group(5), host: 3)
                #expect(link.router.isWanted(group: group(5)), "octet \(index) was \(value)")
            }
        }
    }

    @Test("C13 M7 Counts beyond the payload make no state, however large", arguments: [2, 3, 0x7fff, 0xffff])
    func announcedCounts(count: Int) {
        let high = UInt8(count >> 8)
        let low = UInt8(count & 0xff)
        let untouched = effect(on: link())
        let report = Self.samples[0]
        for index in [6, 10] {  // records of the report, sources of its first record
            if index == 6 && count == 2 { continue }
            var octets = report.octets
            octets[index] = high
            octets[index + 1] = low
            #expect(effect(of: octets, of: report) == untouched)
        }
        let query = Sample(
            name: "", message: MLDQuery(maximumResponseDelay: 1000, group: group(7), sources: [source(1)]),
            destination: group(7), reserved: [])
        var octets = query.octets
        octets[26] = high
        octets[27] = low
        #expect(effect(of: octets, of: query) == untouched)
        #expect(effect(of: query.octets, of: query) != untouched)
    }
}
