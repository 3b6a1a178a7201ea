import IPv6
import MLD
import SeededRandom
import Timing

/// A listener on a link in virtual time, and what it sent since it was last asked.
struct TestListener {
    /// Something that was sent, and when.
    struct Sent: Equatable {
        var at: Instant
        var action: MLDListener.Action

        /// The records of a version 2 report; none for version 1.
        var records: [MLDReport.Record] { if case .report(let report, _) = action { report.records } else { [] } }
    }

    static let querier = address("fe80::1")

    var listener: MLDListener
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var random: SeededGenerator
    private var history: [Sent] = []

    init(mtu: Int = 1500, seed: UInt64 = 1, _ adjust: (inout MLDListenerConfiguration) -> Void = { _ in }) {
        var configuration = MLDListenerConfiguration()
        adjust(&configuration)
        listener = MLDListener(configuration: configuration, mtu: mtu)
        random = SeededGenerator(seed: seed)
    }

    /// Listening to `groups` for so long that all repetitions are over.
    static func settled(
        _ wishes: [(IPv6Address, FilterMode, [IPv6Address])], mtu: Int = 1500, seed: UInt64 = 1,
        _ adjust: (inout MLDListenerConfiguration) -> Void = { _ in }
    ) -> TestListener {
        var host = TestListener(mtu: mtu, seed: seed, adjust)
        for (group, mode, sources) in wishes { host.want(group, mode, sources) }
        host.pass(.seconds(400))
        _ = host.sent()
        return host
    }

    /// What was sent since the last call, with the time.
    mutating func sent() -> [Sent] {
        defer { history = [] }
        return history
    }
    /// The records sent since the last call, those of each report together.
    mutating func reports() -> [[MLDReport.Record]] { sent().map(\.records) }
    /// The version 1 messages sent since the last call.
    mutating func version1() -> [MLDListener.Action] {
        sent().map(\.action).filter { if case .version1 = $0 { true } else { false } }
    }

    private mutating func perform(
        _ body: (inout MLDListener, Instant, inout SeededGenerator, inout [MLDListener.Action]) -> Void
    ) {
        var actions: [MLDListener.Action] = []
        body(&listener, now, &random, &actions)
        history += actions.map { Sent(at: now, action: $0) }
    }

    mutating func want(_ group: IPv6Address, _ mode: FilterMode, _ sources: [IPv6Address] = []) {
        perform { $0.want(group, mode, sources, at: $1, using: &$2, into: &$3) }
    }

    /// Lets time pass, with every timer on time.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let next = listener.nextDeadline, next <= end {
            now = max(now, next)
            perform { $0.advance(to: $1, using: &$2, into: &$3) }
        }
        now = end
        perform { $0.advance(to: $1, using: &$2, into: &$3) }
    }

    mutating func receive(
        _ octets: [UInt8], from: IPv6Address = querier, to: IPv6Address = .allNodes, hopLimit: UInt8 = 1,
        routerAlert: Bool = true
    ) {
        perform {
            $0.receive(
                octets.span.bytes, from: from, to: to, hopLimit: hopLimit, routerAlert: routerAlert, at: $1, using: &$2,
                into: &$3)
        }
    }

    mutating func receive(_ message: some MLDMessage, from: IPv6Address = querier) {
        receive(message.encoded(from: from, to: .allNodes), from: from)
    }

    /// A query; without a group a general one.
    mutating func ask(
        _ group: IPv6Address = .unspecified, _ sources: [IPv6Address] = [], within delay: Duration = .seconds(10),
        version: MLDVersion = .mldv2
    ) {
        receive(
            MLDQuery(
                version: version, maximumResponseDelay: UInt32(delay.nanoseconds / 1_000_000), group: group,
                sources: sources))
    }

    mutating func setHasLinkLocal(_ has: Bool) {
        perform { $0.setHasLinkLocal(has, at: $1, using: &$2, into: &$3) }
    }
}

/// The subsets of sources 1…`count`, each ascending.
func subsets(of count: Int) -> [[IPv6Address]] {
    (0..<1 << count).map { bits in (0..<count).filter { bits >> $0 & 1 == 1 }.map { source($0 + 1) } }
}
