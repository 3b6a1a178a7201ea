import IPv6
import MLD
import SeededRandom
import Timing

// What hostile hosts send, and which promises it may break. All others go on holding.

extension Simulation {
    /// Above the addresses of all routers and hosts.
    static let attacker = IPv6Address(high: 0xfe80 << 48, low: 0x0bad_0000_0000_0001)
    /// Below them, so that it wins an election.
    static let lowest = IPv6Address(high: 0xfe80 << 48, low: 1)

    func perform(_ attack: Attack, on link: Int) {
        let attacker = Self.attacker
        switch attack {
        case .join(let group, let kind, let sources):
            send(report(kind, group, sources), from: attacker, to: .allMLDv2Routers, on: link)
            spoilStopping(link, group)
        case .flood(let count, let first): flood(link, count, first)
        case .forgedReport(let number, let group, let kind, let sources):
            guard let host = hostPositions[number] else { return }
            send(report(kind, group, sources), from: hosts[host].address, to: .allMLDv2Routers, on: link)
            spoilStopping(link, group)
            // Taken at its word, the host has left, until it answers the next general query. Or it is in a mode that it does
            // not know of, until that ends with the listening interval. Without immediate leave it is asked.
            guard links[link].plan.configuration.immediateLeave else { return }
            let bounds = links[link].bounds
            links[link].groups[group].calmSince = now + bounds.delay + bounds.listening
            links[link].groups[group].safeFrom = now + bounds.delay + bounds.listening + bounds.settle
        case .forgedLeave(let number, let group, let kind, let sources):
            guard let host = hostPositions[number] else { return }
            let victim = hosts[host].address
            if let kind {
                send(report(kind, group, sources), from: victim, to: .allMLDv2Routers, on: link)
            } else {
                send(MLDv1Message(.done, plan.groups[group]), from: victim, to: .allRouters, on: link)
            }
            spoilStopping(link, group)
            noteForgedLeave(link, group)
        case .version1(let group, let kind):
            let destination = kind == .report ? plan.groups[group] : .allRouters
            send(MLDv1Message(kind, plan.groups[group]), from: attacker, to: destination, on: link)
            spoilStopping(link, group)
        case .garbage(let seed):
            note("somebody sends garbage, number \(seed), on link \(link)")
            transmit(Self.garbage(seed, plan.groups), on: link, from: links[link].strangerSlot, to: .everybody)
        case .higherQuery(let group, let sources, let delay, let suppress):
            var query = query(on: link, delay: delay)
            query.suppressRouterSideProcessing = suppress
            if let group {
                query.group = plan.groups[group]
                query.sources = sources.numbers.map(SourceSet.address)
            }
            send(query, from: attacker, to: query.destination, on: link)
            // Answers of hosts in EXCLUDE mode leave open what they want.
            if let group, !sources.isEmpty { roughen(link, group) }
        case .lowerQuery(let seed):
            let query = pretender(seed)
            send(query, from: Self.lowest, to: query.destination, on: link)
            // The routers wait for a querier that says no more, and keep what is reported meanwhile for as long as it said.
            disturb(link, until: now + links[link].bounds.delay + links[link].bounds.orphaned)
            for group in plan.groups.indices { spoilStopping(link, group, for: links[link].bounds.toldListening) }
            expectQuerier(of: link)
        }
    }

    /// Taken at its word, the host has left, until it answers the query that follows.
    private func noteForgedLeave(_ link: Int, _ group: Int) {
        links[link].groups[group].noteLeave(at: now)
        guard links[link].plan.configuration.immediateLeave else { return }
        let bounds = links[link].bounds
        var answered = now + bounds.answer
        // Of many leaves the last are asked about at the end of the interval. And where messages cross, another router may
        // hear the leave after the answer: then it has that of the last repetition.
        if links[link].groups[group].leaves(since: now, within: bounds.lastListenerQuery) > 3 {
            answered += bounds.lastListenerQuery
        }
        if !links[link].plan.keepsOrder && links[link].ports.count > 1 { answered += bounds.lastListenerQueryTime }
        var history = links[link].groups[group]
        history.calmSince = max(history.calmSince, now + bounds.delay)
        history.safeFrom = max(history.safeFrom, answered)
        links[link].groups[group] = history
    }

    /// A query of somebody who claims to be querier, with whatever values.
    private func pretender(_ seed: UInt64) -> MLDQuery {
        var random = SeededGenerator(seed: seed)
        var query = MLDQuery(
            maximumResponseDelay: [1000, 10_000, 8_387_584].randomElement(using: &random) ?? 0,
            robustnessVariable: UInt8.random(in: 0...7, using: &random),
            queryInterval: [0, 1, 125, 3600, 31744].randomElement(using: &random) ?? 0)
        if UInt64.random(in: 0..<3, using: &random) == 0 {
            query.group = plan.groups.randomElement(using: &random) ?? .unspecified
            query.suppressRouterSideProcessing = Bool.random(using: &random)
        }
        return query
    }

    /// State of nobody lasts for the listening interval, and sources that it kept out of a record for one more.
    private func spoilStopping(_ link: Int, _ group: Int, for time: UInt64? = nil) {
        roughen(link, group)
        let until = now + (time ?? links[link].bounds.listening)
        links[link].groups[group].forgedUntil = max(links[link].groups[group].forgedUntil, until)
    }

    private func flood(_ link: Int, _ count: Int, _ first: Int) {
        for group in plan.groups.indices { spoilStopping(link, group) }
        let capacity = max(1, (links[link].plan.mtu - 56) / 20)
        var next = first
        while next < first + count {
            let part = next..<min(next + capacity, first + count)
            let records = part.map {
                MLDReport.Record(.toExclude, IPv6Address(high: 0xff1e_0bad << 32, low: UInt64($0)))
            }
            send(MLDReport(records), from: Self.attacker, to: .allMLDv2Routers, on: link)
            next = part.upperBound
        }
    }

    /// With the values of the link's own querier: routers adopt those of any query (RFC 9777 §5.1.8, §5.1.9), so that others
    /// would change every bound.
    private func query(on link: Int, delay: UInt32) -> MLDQuery {
        let configuration = links[link].plan.configuration
        return MLDQuery(
            maximumResponseDelay: delay, robustnessVariable: UInt8(clamping: configuration.robustnessVariable),
            queryInterval: UInt32(clamping: configuration.queryInterval.components.seconds))
    }

    private func report(_ kind: MLDRecordKind, _ group: Int, _ sources: SourceSet) -> MLDReport {
        MLDReport([.init(kind, plan.groups[group], sources.numbers.map(SourceSet.address))])
    }

    private func send(
        _ message: some MLDMessage, from source: IPv6Address, to destination: IPv6Address, on link: Int
    ) {
        transmit(
            message.packet(from: source, to: destination), on: link, from: links[link].strangerSlot, to: .everybody)
    }

    /// A packet that must not have any effect.
    private static func garbage(_ seed: UInt64, _ groups: [IPv6Address]) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        let group = groups.randomElement(using: &random) ?? .allNodes
        let kind = MLDRecordKind.allCases.randomElement(using: &random) ?? .toInclude
        let message = MLDReport([.init(kind, group, [SourceSet.address(0)])])
        var octets = message.packet(from: attacker, to: .allMLDv2Routers)
        switch UInt64.random(in: 0..<9, using: &random) {
        case 0:
            octets = (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
        case 1: octets[7] = 255  // hop limit; it is not in the checksum
        case 2: octets[42] = 1  // a PadN option in the place of Router Alert
        case 3: octets[50] ^= 1  // checksum
        case 4: octets = message.packet(from: SourceSet.address(5), to: .allMLDv2Routers)
        case 5: octets = message.packet(from: .unspecified, to: .allMLDv2Routers)
        case 6: octets = mend(octets, [55: 9])  // more records than there are
        case 7: octets = mend(octets, [56: 77])  // a record of unknown type
        default: octets = mend(octets, [48: 144])  // no message of MLD
        }
        return octets
    }

    /// Other octets, under a right checksum.
    private static func mend(_ octets: [UInt8], _ changes: [Int: UInt8]) -> [UInt8] {
        var octets = octets
        for (position, octet) in changes { octets[position] = octet }
        octets[50] = 0
        octets[51] = 0
        var checksum = InternetChecksum(
            source: attacker, destination: .allMLDv2Routers, length: octets.count - 48, nextHeader: IPv6Packet.icmpv6)
        checksum.add(octets.span.bytes.extracting(48..<octets.count))
        octets[50] = UInt8(checksum.value >> 8)
        octets[51] = UInt8(truncatingIfNeeded: checksum.value)
        return octets
    }
}
