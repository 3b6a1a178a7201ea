import IPv6
import MLD
import Timing

/// A router on a link of strangers: the input chooses its configuration, then messages, times and what operators do.
///
/// Checked after every step: limits, timers that move on, queries that fit, one count for every message, and that
/// routing is told of every change. At the end the link falls silent, and everything must be forgotten in time.
struct MLDRouterFuzzer {
    var input: FuzzInput
    var router: MLDRouter
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What the router did in this step.
    var actions: [MLDRouter.Action] = []
    /// Whether each of a few flows was forwarded after the last step.
    var suggested = MLDRouterFuzzer.nothing
    /// The longest time that a membership can have lasted so far.
    private var longestListening: Duration = .zero
    private var isRunning = false

    init(_ input: FuzzInput) {
        self.input = input
        let configuration = Self.configuration(&self.input)
        let mtu = [1280, 1500, 9000, 65535, 100, 0][self.input.number(below: 6)]
        router = MLDRouter(configuration: configuration, address: Self.host(128), mtu: mtu)
        router.reportsEvents = self.input.octet() & 1 != 0
        noteIntervals()
    }

    mutating func run() {
        step { $0.start() }
        var count = 0
        while !input.isAtEnd {
            step { $0.act() }
            count += 1
            if count % 16 == 0 { checkListing() }
        }
        checkListing()
        fallSilent()
    }

    private mutating func start() {
        router.start(at: now, into: &actions)
        isRunning = true
    }

    private mutating func act() {
        switch input.number(below: 16) {
        case 0...4: receive(report(), isPlain: true)
        case 5: receive(report(), isPlain: false)
        case 6: receive(input.octets(Int(input.octet())), isPlain: false)
        case 7: receive(MLDv1Message(input.octet() & 1 == 0 ? .report : .done, group()))
        case 8, 9: receive(query())
        case 10, 11: pass(duration(), onTime: true)
        case 12: pass(duration(), onTime: false)
        case 13: now = now + duration()  // messages that are read late
        case 14: crowd()
        default: operate()
        }
    }

    private mutating func operate() {
        switch input.number(below: 8) {
        case 0:
            let group = group()
            if group.isMulticast { router.clear(group: group, at: now, into: &actions) }
        case 1: router.clear(group: nil, at: now, into: &actions)
        case 2:
            router.stop(at: now, into: &actions)
            isRunning = false
            require(router.groupCount == 0 && router.hostCount == 0, "a router that is stopped has forgotten all")
        case 3: start()
        case 4: router.setAddress(Self.host(Int(input.octet())))
        case 5:
            // State above a lower limit stays; so limits are chosen once.
            var configuration = Self.configuration(&input)
            configuration.maximumGroups = router.configuration.maximumGroups
            configuration.maximumGroupSources = router.configuration.maximumGroupSources
            configuration.maximumHosts = router.configuration.maximumHosts
            configuration.isPassive = router.configuration.isPassive
            router.reconfigure(configuration, at: now)
            noteIntervals()
        case 6: router.reportsEvents.toggle()
        default: router.mtu = Int(input.short())
        }
    }

    // MARK: messages

    /// Many hosts that join or leave one group, each of which is tracked from then on or no more.
    private mutating func crowd() {
        let group = group()
        let choice = input.octet()
        let kind: MLDRecordKind = choice & 128 == 0 ? .toExclude : .toInclude
        let first = Int(input.octet())
        let isTracked = group.isMulticast && group != .allNodes && !group.isSourceSpecific && isRunning && !isLimited
        for number in first..<(first + Int(choice & 31)) {
            let host = Self.host(number)
            let message = MLDReport([.init(kind, group)]).encoded(from: host, to: .allMLDv2Routers)
            router.receive(
                message.span.bytes, from: host, to: .allMLDv2Routers, hopLimit: 1, routerAlert: true, at: now,
                into: &actions)
            guard isTracked else { continue }
            let isThere = router.group(group)?.hosts.contains { $0.address == host } ?? false
            require(isThere == (kind == .toExclude), "\(host) is tracked or not after \(kind)")
        }
    }

    /// Whether limits other than the default ones may refuse a report.
    private var isLimited: Bool {
        let configuration = router.configuration
        let rates = [configuration.reportsPerSecond, configuration.reportsPerSecondPerHost]
        return configuration.maximumGroups < 1000 || configuration.maximumGroupsPerHost != nil
            || rates.contains { $0 != nil } || configuration.groupFilter != GroupFilter()
    }

    private mutating func receive(_ message: some MLDMessage) {
        receive(message.encoded(from: .unspecified, to: .unspecified), isPlain: true)
    }

    private mutating func receive(_ message: [UInt8], isPlain: Bool) {
        var source = Self.host(Int(input.octet()))
        var hopLimit: UInt8 = 1
        var routerAlert = true
        if !isPlain {
            let flags = input.octet()
            if flags & 3 == 3 { source = Self.source(Int(flags)) }
            if flags & 12 == 12 { source = .unspecified }
            if flags & 48 == 48 { hopLimit = 64 }
            if flags & 192 == 192 { routerAlert = false }
        }
        let before = router.statistics
        router.receive(
            message.span.bytes, from: source, to: .allMLDv2Routers, hopLimit: hopLimit, routerAlert: routerAlert,
            at: now, into: &actions)
        let counted = router.statistics.messages - before.messages
        let refused = router.statistics.refusals - before.refusals
        let isOwnQuery = message.first == MLDMessageType.query.rawValue && source == router.address
        require(counted <= 1 && refused <= 1, "a message is counted once, and a refusal of a part of it")
        let sourceless = router.statistics.errors.noSource - before.errors.noSource
        require(sourceless <= 1, "a message that names no source is counted once")
        require(counted + refused + sourceless > 0 || !isRunning || isOwnQuery, "every message is counted")
    }

    // MARK: time

    /// Lets time pass, with every timer on time or all of them late.
    private mutating func pass(_ duration: Duration, onTime: Bool) {
        let end = now + duration
        var steps = 0
        while onTime, steps < 100, let next = router.nextDeadline, next <= end {
            now = max(now, next)
            advance()
            steps += 1
        }
        now = end
        advance()
    }

    private mutating func advance() {
        router.advance(to: now, into: &actions)
        guard let next = router.nextDeadline else {
            let isIdle = router.groupCount == 0 && (!isRunning || router.configuration.isPassive)
            return require(isIdle, "a router that runs has a deadline")
        }
        require(
            next > now, "the next deadline, \(next), lies ahead of \(now), running: \(isRunning), \(router.querier)")
    }

    private mutating func noteIntervals() {
        // What a querier that is followed may make of them at most.
        var longest = router.configuration
        longest.robustnessVariable = max(longest.robustnessVariable, 7)
        longest.queryInterval = max(longest.queryInterval, .seconds(3600))
        longestListening = max(longestListening, longest.multicastAddressListeningInterval)
    }

    /// Nobody sends anything any more.
    private mutating func fallSilent() {
        // Crowds are looked through now and then only: a 64th of the interval later at most.
        let end = now + longestListening + longestListening / 64 + .seconds(1)
        var steps = 0
        while router.groupCount > 0, steps < 100, let next = router.nextDeadline, next <= end {
            step { fuzzer in
                fuzzer.now = max(fuzzer.now, next)
                fuzzer.advance()
            }
            steps += 1
        }
        step { fuzzer in
            fuzzer.now = end
            fuzzer.advance()
        }
        require(router.groupCount == 0 && router.hostCount == 0, "a silent link is forgotten")
    }
}

extension MLDStatistics {
    /// Messages that came, each under one counter.
    fileprivate var messages: UInt64 {
        received.query + received.report + received.reportV1 + received.done + errors.checksum + errors.tooShort
            + errors.hopLimit + errors.sourceAddress + errors.routerAlert + errors.unknownType + errors.malformed
    }

    /// Messages refused because of a limit or the group filter, altogether or in part.
    fileprivate var refusals: UInt64 { errors.denied + errors.limit }
}
