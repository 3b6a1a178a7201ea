import IPv6
import SeededRandom
import Testing
import Timing

@testable import MLD

@Suite("What live listeners want")
struct ListenerSafetyTests {
    /// Hosts on one link that change their minds at random and answer every query half a second later.
    private struct Simulation {
        var link: TestLink
        var hosts = (1...4).map { SimulatedHost(number: $0) }
        var random: SeededGenerator
        var answers: [(at: Instant, host: Int, query: MLDQuery)] = []
        let wanted = group(1)

        init(seed: UInt64, immediateLeave: Bool) {
            link = TestLink { $0.immediateLeave = immediateLeave }
            random = SeededGenerator(seed: seed)
            pass(.seconds(60))
        }

        /// Lets time pass in small steps; every query is answered.
        mutating func pass(_ duration: Duration) {
            let end = link.now + duration
            repeat {
                for query in link.sent() {
                    for host in hosts.indices { answers.append((link.now + .milliseconds(500), host, query)) }
                }
                let due = answers.filter { $0.at <= link.now }
                answers.removeAll { $0.at <= link.now }
                for answer in due {
                    let host = hosts[answer.host]
                    guard let record = host.answer(answer.query, of: wanted) else { continue }
                    link.report(record.kind, record.group, record.sources, host: host.number)
                }
                if link.now < end { link.pass(min(.milliseconds(100), end - link.now)) }
            } while link.now < end
        }

        mutating func changeOne() {
            let index = Int.random(in: 0..<hosts.count, using: &random)
            let leaves = Int.random(in: 0..<3, using: &random) == 0
            let mode: FilterMode = leaves || Bool.random(using: &random) ? .include : .exclude
            let bits = leaves ? 0 : Int.random(in: 0..<16, using: &random)
            let sources = Set((0..<4).filter { bits >> $0 & 1 == 1 }.map { source($0 + 1) })
            let records = hosts[index].change(to: mode, sources, of: wanted)
            for _ in 0..<2 where !records.isEmpty {  // the robustness variable
                link.receive(MLDReport(records), from: host(hosts[index].number))
                link.pass(.milliseconds(Int.random(in: 0...30, using: &random)))
            }
        }

        func isWanted(_ source: IPv6Address) -> Bool { hosts.contains { $0.wants(source) } }
        func isForwarded(_ source: IPv6Address) -> Bool { link.router.forwards(source: source, group: wanted) }
    }

    @Test(
        "C87 Whatever hosts join, leave and change, nobody is cut off, and what nobody wants ends",
        arguments: [true, false])
    func neverCutOff(immediateLeave: Bool) {
        for seed in 1...40 as ClosedRange<UInt64> {
            var simulation = Simulation(seed: seed, immediateLeave: immediateLeave)
            for step in 1...60 {
                simulation.changeOne()
                for number in 1...5 where simulation.isWanted(source(number)) {
                    let isForwarded = simulation.isForwarded(source(number))
                    #expect(isForwarded, "seed \(seed) step \(step) source \(number)")
                }
                if !simulation.hosts.contains(where: \.isListening) {
                    if simulation.link.router.isWanted(group: group(1)) { simulation.pass(.seconds(3)) }
                    let remains = simulation.link.router.isWanted(group: group(1))
                    #expect(!remains, "seed \(seed) step \(step)")
                }
                guard Int.random(in: 0..<4, using: &simulation.random) == 0 else { continue }
                simulation.pass(.seconds(Int64.random(in: 3...60, using: &simulation.random)))
                // EXCLUDE mode may forward a source that all exclude for the listening interval; INCLUDE mode may not.
                let mayLinger = simulation.hosts.contains { $0.mode == .exclude }
                for number in 1...5 {
                    let isWanted = simulation.isWanted(source(number))
                    let isForwarded = simulation.isForwarded(source(number))
                    #expect(
                        isWanted == isForwarded || mayLinger && isForwarded,
                        "seed \(seed) step \(step) source \(number), after a while")
                }
                let listening = simulation.hosts.filter(\.isListening).count
                let tracked = simulation.link.router.listenerCount(group: group(1))
                #expect(tracked == listening, "seed \(seed) step \(step)")
            }
            for index in simulation.hosts.indices {
                let records = simulation.hosts[index].change(to: .include, [], of: group(1))
                if !records.isEmpty { simulation.link.receive(MLDReport(records), from: host(index + 1)) }
            }
            simulation.pass(.seconds(3))
            let groups = simulation.link.router.groupCount
            #expect(groups == 0, "seed \(seed)")
            let leftovers = simulation.link.router.membershipTotal + simulation.link.router.sourceTotal
            let hosts = simulation.link.router.hostCount
            #expect(leftovers == 0 && hosts == 0, "seed \(seed)")
        }
    }

    @Test("C23 A source that left the record while it was asked for comes back with the time that its listener has")
    func restoredTimer() {
        var link = TestLink.settled()
        link.report(.toInclude, group(1), [source(1)], host: 1)
        link.pass(.seconds(10))
        link.report(.toExclude, group(1), [source(1)], host: 2)
        #expect(link.sent().contains { $0.sources == [source(1)] })
        link.report(.toExclude, group(1), host: 2)
        link.report(.toInclude, group(1), host: 2)
        #expect(link.router.group(group(1))?.sources.map(\.address) == [source(1)])
        #expect(link.router.group(group(1))?.sources.first?.expires == link.now + .seconds(260))
        link.pass(.seconds(5))
        #expect(link.router.forwards(source: source(1), group: group(1)))
    }

    @Test("C23 Nor is it forgotten when the time it was asked for has passed meanwhile")
    func restoredLate() {
        var link = TestLink.settled()
        link.report(.toInclude, group(1), [source(1)], host: 1)
        link.report(.toExclude, group(1), [source(1)], host: 2)
        link.report(.toExclude, group(1), host: 2)
        link.pass(.seconds(20))
        link.report(.toInclude, group(1), host: 2)
        #expect(link.router.forwards(source: source(1), group: group(1)))
    }

    @Test("C23 A host that somebody put into EXCLUDE mode is asked for what it said itself, once that mode has ended")
    func modeThatWasForged() {
        var link = TestLink.settled()
        link.report(.toExclude, group(1), host: 1)  // not from it
        link.pass(.seconds(200))
        link.report(.allow, group(1), [source(1)], host: 1)
        link.pass(.seconds(70))
        link.report(.toExclude, group(1), host: 2)
        _ = link.taken()
        link.report(.toInclude, group(1), host: 2)
        #expect(!link.sent().isEmpty)
        #expect(link.router.isWanted(group: group(1)))
    }
}
