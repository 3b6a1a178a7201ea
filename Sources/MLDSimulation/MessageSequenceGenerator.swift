import IPv6
import MLD
import SeededRandom
import Timing

extension MessageSequence {
    /// The sequence of this seed: few groups, sources and hosts, so that everything meets everything.
    public init(seed: UInt64, steps count: Int) {
        var random = SeededGenerator(seed: seed)
        var configuration = MLDConfiguration()
        configuration.immediateLeave = false
        configuration.robustnessVariable = [1, 2, 2, 2, 3, 4, 8].picked(&random)
        configuration.queryInterval = .seconds([8, 15, 20, 60, 125].picked(&random))
        configuration.queryResponseInterval = min(
            .milliseconds([3000, 5000, 10_000].picked(&random)), configuration.queryInterval / 2)
        configuration.lastListenerQueryInterval = .milliseconds([500, 1000, 1000, 1500].picked(&random))
        configuration.lastListenerQueryCount = [nil, nil, nil, 1, 2, 3].picked(&random)
        configuration.listeningInterval = [.rfc9777, .rfc9777, .rfc3810].picked(&random)
        configuration.olderHostCompatibility = random.chance(8, of: 10)
        configuration.requireRouterAlert = random.chance(8, of: 10)
        if random.chance(1, of: 10) { configuration.querierGuard = [Self.foreign[0], Self.foreign[3]] }
        configuration.querySeriesPerGroup = 1_000_000  // the model knows no limits
        self.seed = seed
        self.configuration = configuration
        address = Self.routerAddress
        // 92…140 are below what IPv6 allows, but split lists of very few sources.
        mtu = [92, 107, 140, 1280, 1500].picked(&random)
        // One sequence is mostly about few things, or the rare ones never meet.
        let themes = SequenceThemes(using: &random)
        steps = []
        for _ in 0..<count { steps.append(themes.step(using: &random)) }
    }

    static let routerAddress = IPv6Address(high: 0xfe80 << 48, low: 0x80)

    /// Where queries come from: lower and higher identifiers, the router's under another prefix, and its own address.
    fileprivate static let foreign = [
        (0xfe80, 0x10), (0xfe80, 0x20), (0xfe81, 0x10), (0xfe80, 0xf0), (0xfe80, 0xf8), (0xfebf, 0x80), (0xfe80, 0x80),
    ].map { IPv6Address(high: $0 << 48, low: $1) }
}

/// What one sequence is about: how often which kinds of messages come, and from how many groups and sources.
private struct SequenceThemes {
    private let groups: [IPv6Address]
    private let sources: [IPv6Address]
    private let queryWeight: Int
    private let version1Weight: Int
    private let faultWeight: Int
    private let longWaits: Int
    private let linkWeight: Int

    init(using random: inout some RandomNumberGenerator) {
        // ff1e::1, ff1e::2, an SSM group, ff02::16, an interface-local one.
        let all = [
            IPv6Address(high: 0xff1e << 48, low: 1), IPv6Address(high: 0xff1e << 48, low: 2),
            IPv6Address(high: 0xff3e << 48, low: 0x8000_0001), .allMLDv2Routers,
            IPv6Address(high: 0xff01 << 48, low: 5),
        ]
        groups = Array(all.shuffled(using: &random).prefix([1, 1, 2, 5].picked(&random)))
        let count: UInt64 = [2, 3, 4, 7].picked(&random)
        sources = (1...count).map { IPv6Address(high: 0x2001_0db8 << 32, low: $0) }
        queryWeight = [0, 1, 3, 6].picked(&random)
        version1Weight = [0, 0, 1, 4].picked(&random)
        faultWeight = [0, 1, 2].picked(&random)
        longWaits = [1, 5, 15].picked(&random)
        linkWeight = [0, 0, 0, 1, 3].picked(&random)
    }

    func step(using random: inout some RandomNumberGenerator) -> MessageSequence.Step {
        MessageSequence.Step(
            wait: wait(using: &random), eventFirst: random.chance(1, of: 2), event: event(using: &random))
    }

    private func event(using random: inout some RandomNumberGenerator) -> MessageSequence.Event? {
        if random.chance(linkWeight, of: 40) { return [.stop, .start, .start].picked(&random) }
        let choice = Int.random(in: 0..<10 + queryWeight + version1Weight, using: &random)
        if choice == 0 { return nil }
        let message =
            if choice < 10 {
                report(using: &random)
            } else if choice < 10 + queryWeight {
                query(using: &random)
            } else {
                version1(using: &random)
            }
        return .message(faulty(message, using: &random))
    }

    private func wait(using random: inout some RandomNumberGenerator) -> MessageSequence.Wait {
        let choice = Int.random(in: 0..<30 + longWaits, using: &random)
        if choice < 10 { return .time(.milliseconds([0, 0, 1, 250, 500, 999, 1000].picked(&random))) }
        if choice < 22 { return .timer([0, 0, 0, 1, 2, 7].picked(&random), offset: [-1, 0, 0, 0, 1].picked(&random)) }
        if choice < 30 { return .time(.nanoseconds(Int.random(in: 0...3_000_000_000, using: &random))) }
        return .time(.milliseconds(Int.random(in: 0...150_000, using: &random)))
    }

    private func report(using random: inout some RandomNumberGenerator) -> SequenceMessage {
        let count = [1, 1, 1, 2, 3].picked(&random)
        var records: [SequenceMessage.Record] = []
        for _ in 0..<count {
            records.append(
                SequenceMessage.Record(
                    type: UInt8.random(in: 1...6, using: &random), group: groups.picked(&random),
                    sources: sources.filter { _ in random.chance(1, of: 2) }))
        }
        return SequenceMessage(source: host(using: &random), content: .report(records))
    }

    private func version1(using random: inout some RandomNumberGenerator) -> SequenceMessage {
        let group = groups.picked(&random)
        return SequenceMessage(
            source: host(using: &random), content: random.chance(3, of: 5) ? .version1Report(group) : .done(group))
    }

    private func query(using random: inout some RandomNumberGenerator) -> SequenceMessage {
        let isGeneral = random.chance(1, of: 2)
        let isVersion1 = random.chance(version1Weight, of: 20)
        let hasSources = !isGeneral && !isVersion1 && random.chance(1, of: 2)
        let query = MLDQuery(
            version: isVersion1 ? .mldv1 : .mldv2,
            maximumResponseDelay: [0, 500, 1000, 1000, 2000, 10_000, 40_000].picked(&random),
            group: isGeneral ? .unspecified : groups.picked(&random),
            suppressRouterSideProcessing: random.chance(1, of: 3),
            robustnessVariable: [0, 1, 2, 2, 3, 7].picked(&random),
            queryInterval: [0, 1, 15, 20, 60, 125, 3000, 30_000].picked(&random),
            sources: hasSources ? sources.filter { _ in random.chance(1, of: 2) } : [])
        return SequenceMessage(source: MessageSequence.foreign.picked(&random), content: .query(query))
    }

    private func host(using random: inout some RandomNumberGenerator) -> IPv6Address {
        IPv6Address(high: 0xfe80 << 48, low: 0x1_0000_0000 + UInt64.random(in: 1...3, using: &random))
    }

    /// Now and then something is wrong with a message.
    private func faulty(_ message: SequenceMessage, using random: inout some RandomNumberGenerator) -> SequenceMessage {
        guard random.chance(faultWeight, of: 12) else { return message }
        var message = message
        switch Int.random(in: 0..<9, using: &random) {
        case 0: message.hopLimit = [0, 2, 64, 255].picked(&random)
        case 1: message.routerAlert = false
        case 2:
            message.source = [.unspecified, IPv6Address(high: 0x2001_0db8 << 32, low: 9), .allNodes].picked(&random)
        case 3: message.surplus = Int.random(in: 1...30, using: &random)
        case 4: message.surplus = -Int.random(in: 1...24, using: &random)
        case 5: message.damage = (Int.random(in: 0..<30, using: &random), UInt8.random(in: 0...255, using: &random))
        default: message.content = strange(message.content, using: &random)
        }
        return message
    }

    /// Records of unknown types, with auxiliary data, for addresses and sources that are to be ignored; general queries
    /// with sources, queries for a unicast address.
    private func strange(_ content: SequenceMessage.Content, using random: inout some RandomNumberGenerator)
        -> SequenceMessage.Content
    {
        let unicast = IPv6Address(high: 0x2001_0db8 << 32, low: 1)
        let wrongGroup: IPv6Address = [.unspecified, unicast, .allNodes].picked(&random)
        if case .query(var query) = content {
            query.group = wrongGroup
            query.sources.append(unicast)
            return .query(query)
        }
        guard case .report(var records) = content else {
            return random.chance(1, of: 2) ? .version1Report(wrongGroup) : .done(wrongGroup)
        }
        let position = Int.random(in: records.indices, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: records[position].type = [0, 7, 200].picked(&random)
        case 1: records[position].auxiliaryWords = UInt8.random(in: 1...3, using: &random)
        case 2: records[position].group = wrongGroup
        case 3: records[position].sources.append([.unspecified, .allNodes].picked(&random))
        default: records[position].sources += records[position].sources.prefix(1)
        }
        return .report(records)
    }
}

extension RandomNumberGenerator {
    fileprivate mutating func chance(_ part: Int, of whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &self) < part
    }
}

extension Array {
    /// One of them; there is at least one.
    fileprivate func picked(_ random: inout some RandomNumberGenerator) -> Element {
        self[Int.random(in: indices, using: &random)]
    }
}
