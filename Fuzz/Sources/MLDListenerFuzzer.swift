import IPv6
import MLD
import SeededRandom
import Timing

/// The listener part of MLD: wishes, queries and other routers' and hosts' messages, in virtual time.
///
/// Whatever it tells is applied to what a router would know of it: while it speaks version 2 that is at all times exactly
/// what is wanted, because nothing gets lost here.
struct MLDListenerFuzzer {
    private var input: FuzzInput
    private var listener: MLDListener
    private var random: SeededGenerator
    private var now = Instant(nanoseconds: 1_000_000_000_000)
    private var actions: [MLDListener.Action] = []
    private var known = KnownWishes()
    /// It has spoken version 1, which leaves routers with less than they would need to know.
    private var hasSpokenVersion1 = false

    init(_ input: FuzzInput) {
        self.input = input
        let flags = self.input.octet()
        var configuration = MLDListenerConfiguration()
        configuration.robustnessVariable = flags & 1 == 0 ? 2 : Int(self.input.octet())
        configuration.unsolicitedReportInterval = .milliseconds(20 * Int(self.input.octet()))
        if flags & 2 != 0 { configuration.version = .mldv1 }
        if flags & 4 != 0 { configuration.olderQuerierCompatibility = false }
        if flags & 8 != 0 {
            configuration.maximumQueriedSources = self.input.number(below: 8)
            configuration.maximumQueriedSourcesTotal = self.input.number(below: 16)
        }
        // Large enough that no list is split or cut.
        listener = MLDListener(configuration: configuration, mtu: flags & 16 == 0 ? 1500 : 1280)
        random = SeededGenerator(seed: UInt64(self.input.octet()))
        hasSpokenVersion1 = configuration.version == .mldv1
    }

    mutating func run() {
        while !input.isAtEnd {
            act()
            check()
        }
        var steps = 0
        while let next = listener.nextDeadline {
            now = max(now, next)
            advance()
            check()
            steps += 1
            require(steps < 20_000, "a listener that nobody asks falls silent")
        }
    }

    private mutating func act() {
        switch input.number(below: 8) {
        case 0...2:
            let group = group()
            let mode: FilterMode = input.octet() & 1 == 0 ? .include : .exclude
            listener.want(group, mode, sources(), at: now, using: &random, into: &actions)
        case 3: receive(query())
        case 4:
            receive(
                MLDv1Message(input.octet() & 3 == 0 ? .done : .report, group()).encoded(
                    from: .unspecified, to: .unspecified))
        case 5: receive(input.octets(Int(input.octet())))
        case 6:
            let choice = input.octet()
            let unit: [Duration] = [.milliseconds(1), .milliseconds(50), .seconds(1), .seconds(10)]
            let end = now + unit[Int(choice & 3)] * Int(choice >> 3)
            while choice & 4 == 0, let next = listener.nextDeadline, next <= end {
                now = max(now, next)
                advance()
            }
            now = end
            advance()
        default:
            listener.setHasLinkLocal(input.octet() & 1 == 0, at: now, using: &random, into: &actions)
        }
    }

    private mutating func advance() {
        listener.advance(to: now, using: &random, into: &actions)
        require(listener.nextDeadline.map { $0 > now } ?? true, "the next deadline lies ahead")
    }

    private mutating func receive(_ message: [UInt8]) {
        let flags = input.octet()
        listener.receive(
            message.span.bytes, from: flags & 3 == 3 ? .unspecified : IPv6Address(high: 0xfe80 << 48, low: 1),
            to: .allNodes, hopLimit: flags & 12 == 12 ? 2 : 1, routerAlert: flags & 48 != 48, at: now, using: &random,
            into: &actions)
    }

    private mutating func check() {
        if listener.compatibility == .mldv1 { hasSpokenVersion1 = true }
        for action in actions {
            switch action {
            case .report(let report, let destination):
                require(destination == .allMLDv2Routers && !report.records.isEmpty, "a report says something")
                require(report.encodedLength + 48 <= listener.mtu, "a report fits")
                if !hasSpokenVersion1 { for record in report.records { known.apply(record) } }
            case .version1(let message, let destination):
                require(hasSpokenVersion1, "version 1 is spoken with those who speak it")
                require(destination == (message.kind == .report ? message.group : .allRouters), "its destination")
            }
        }
        actions.removeAll(keepingCapacity: true)
        if hasSpokenVersion1 { return }
        let wanted = listener.groups.filter {
            $0.group != .allNodes && $0.group.multicastScope.map { $0 > .interfaceLocal } == true
        }
        require(known.all == wanted, "routers know what is wanted: \(known.all), \(wanted)")
    }

    // MARK: choices

    private mutating func group() -> IPv6Address { MLDRouterFuzzer.group(input.number(below: 16)) }

    private mutating func sources() -> [IPv6Address] {
        (0..<input.number(below: 8)).map { _ in MLDRouterFuzzer.source(input.number(below: 12)) }
    }

    private mutating func query() -> [UInt8] {
        let flags = input.octet()
        let group = flags & 1 == 0 ? IPv6Address.unspecified : group()
        return MLDQuery(
            version: flags & 2 == 0 ? .mldv2 : .mldv1, maximumResponseDelay: UInt32(input.octet()) << (flags & 12),
            group: group, sources: group.isUnspecified ? [] : sources()
        ).encoded(from: .unspecified, to: .unspecified)
    }
}

/// What a router knows of one host, from its reports.
struct KnownWishes {
    private var wishes: [IPv6Address: (mode: FilterMode, sources: Set<IPv6Address>)] = [:]

    var all: [MLDListener.Wish] {
        wishes.keys.sorted().compactMap { group in
            wishes[group].map { MLDListener.Wish(group: group, mode: $0.mode, sources: $0.sources.sorted()) }
        }
    }

    mutating func apply(_ record: MLDReport.Record) {
        let named = Set(record.sources)
        let (mode, sources) = wishes[record.group] ?? (.include, [])
        let isChange = record.kind == .allow || record.kind == .block || record.kind == .isInclude
        require(!isChange || !named.isEmpty, "\(record.kind) names sources")
        require(
            !record.group.isSourceSpecific || record.kind != .isExclude && record.kind != .toExclude,
            "no EXCLUDE in the source-specific range")
        switch (record.kind, mode) {
        case (.isExclude, _), (.toExclude, _): wishes[record.group] = (.exclude, named)
        case (.toInclude, _): wishes[record.group] = (.include, named)
        // Of a host in EXCLUDE mode: the sources that were asked for and that it wants.
        case (.isInclude, .exclude): require(sources.isDisjoint(with: named), "what is wanted is not excluded")
        case (.isInclude, .include), (.allow, .include): wishes[record.group] = (mode, sources.union(named))
        case (.allow, .exclude), (.block, .include): wishes[record.group] = (mode, sources.subtracting(named))
        case (.block, .exclude): wishes[record.group] = (mode, sources.union(named))
        }
        if let wish = wishes[record.group], wish.mode == .include && wish.sources.isEmpty {
            wishes[record.group] = nil
        }
    }
}
