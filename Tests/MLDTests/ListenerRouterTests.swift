import IPv6
import MLD
import SeededRandom
import Testing
import Timing

/// Both parts of the protocol on one link, octets between them.
@Suite("Listeners and a router")
struct ListenerRouterTests {
    private struct Network {
        var link: TestLink
        var hosts: [TestListener]
        var random: SeededGenerator
        /// One in so many messages is lost; 0: none.
        var loss = 0

        init(seed: UInt64, version: MLDVersion = .mldv2, robustness: Int = 2, immediateLeave: Bool) {
            link = TestLink {
                $0.immediateLeave = immediateLeave
                $0.robustnessVariable = robustness
            }
            hosts = (1...3).map { number in
                TestListener(seed: seed &* 31 &+ UInt64(number)) {
                    $0.version = number == 3 ? version : .mldv2
                    $0.robustnessVariable = robustness
                }
            }
            random = SeededGenerator(seed: seed)
            for index in hosts.indices { hosts[index].now = link.now }
            link.start()
            pass(.seconds(60))
        }

        private mutating func isLost() -> Bool { loss > 0 && Int.random(in: 0..<loss, using: &random) == 0 }

        /// Carries what has been sent until nobody has anything to say.
        mutating func carry() {
            var isQuiet = false
            while !isQuiet {
                isQuiet = true
                for query in link.sent() {
                    isQuiet = false
                    for index in hosts.indices where !isLost() {
                        hosts[index].receive(query, from: TestLink.routerAddress)
                    }
                }
                for index in hosts.indices {
                    for sent in hosts[index].sent() {
                        isQuiet = false
                        deliver(sent.action, from: index)
                    }
                }
            }
        }

        private mutating func deliver(_ action: MLDListener.Action, from index: Int) {
            switch action {
            case .report(let report, let destination):
                if !isLost() { link.receive(report, from: host(index + 1), to: destination) }
            case .version1(let message, let destination):
                if !isLost() { link.receive(message, from: host(index + 1), to: destination) }
                for other in hosts.indices where other != index && !isLost() {
                    hosts[other].receive(message, from: host(index + 1))
                }
            }
        }

        mutating func pass(_ duration: Duration) {
            let end = link.now + duration
            repeat {
                carry()
                let deadlines = [link.router.nextDeadline] + hosts.map(\.listener.nextDeadline)
                let next = max(link.now, min(end, deadlines.compactMap { $0 }.min() ?? end))
                link.pass(next - link.now)
                for index in hosts.indices { hosts[index].pass(next - hosts[index].now) }
            } while link.now < end
            carry()
        }

        func isWanted(_ source: IPv6Address) -> Bool {
            hosts.contains { host in
                host.listener.wish(for: group(1)).map { $0.sources.contains(source) == ($0.mode == .include) } ?? false
            }
        }

        mutating func changeOne() {
            let index = Int.random(in: 0..<hosts.count, using: &random)
            let bits = Int.random(in: 0..<16, using: &random)
            let mode: FilterMode = Int.random(in: 0..<3, using: &random) == 0 ? .exclude : .include
            hosts[index].want(group(1), mode, (0..<4).filter { bits >> $0 & 1 == 1 }.map { source($0 + 1) })
            carry()
        }
    }

    @Test(
        "C73 C76 What a listener wants is forwarded at once and for as long, and what nobody wants ends",
        arguments: [true, false], [MLDVersion.mldv2, .mldv1])
    func neverCutOff(immediateLeave: Bool, version: MLDVersion) {
        for seed in 1...15 as ClosedRange<UInt64> {
            var network = Network(seed: seed, version: version, immediateLeave: immediateLeave)
            for step in 1...40 {
                network.changeOne()
                for part in 0...Int.random(in: 0...2, using: &network.random) {
                    for number in 1...5 where network.isWanted(source(number)) {
                        let isForwarded = network.link.router.forwards(source: source(number), group: group(1))
                        #expect(isForwarded, "seed \(seed) step \(step) part \(part) source \(number)")
                    }
                    network.pass(.milliseconds(Int.random(in: 1...200_000, using: &network.random)))
                }
            }
            for index in network.hosts.indices { network.hosts[index].want(group(1), .include) }
            network.pass(.seconds(600))
            let groups = network.link.router.groupCount
            #expect(groups == 0, "seed \(seed)")
        }
    }

    @Test("C76 A listener is heard within the listening interval though many messages are lost")
    func losses() {
        for seed in 1...15 as ClosedRange<UInt64> {
            var network = Network(seed: seed, robustness: 4, immediateLeave: true)
            network.loss = 5
            for _ in 1...10 { network.changeOne() }
            // Some round of general queries in so long a time gets through both ways.
            network.pass(.seconds(1500))
            network.loss = 0
            network.pass(.seconds(600))
            for number in 1...5 where network.isWanted(source(number)) {
                let isForwarded = network.link.router.forwards(source: source(number), group: group(1))
                #expect(isForwarded, "seed \(seed) source \(number)")
            }
        }
    }
}
