import IPv6
import MLD
import MLDSimulation
import Timing

/// The model on a link in virtual time, with states and records written as text. Sources are numbers.
struct NaiveLink {
    static let group = IPv6Address(high: 0xff1e << 48, low: 1)
    static let host = IPv6Address(high: 0xfe80 << 48, low: 0x1_0001)
    static let recordNames = ["IS_IN": 1, "IS_EX": 2, "TO_IN": 3, "TO_EX": 4, "ALLOW": 5, "BLOCK": 6]

    var model: NaiveRouter
    var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What instants are called in ``state``.
    var names: [Instant: String] = [:]

    init(mtu: Int = 1500, _ adjust: (inout MLDConfiguration) -> Void = { _ in }) {
        var configuration = MLDConfiguration()
        configuration.immediateLeave = false
        adjust(&configuration)
        model = NaiveRouter(
            configuration: configuration, address: IPv6Address(high: 0xfe80 << 48, low: 0x80), mtu: mtu)
        model.start(at: now)
        _ = model.takeSent()
    }

    mutating func pass(_ duration: Duration) {
        now = now + duration
        model.advance(to: now)
    }

    mutating func receive(
        _ content: SequenceMessage.Content, from source: IPv6Address = Self.host, hopLimit: UInt8 = 1,
        routerAlert: Bool = true
    ) {
        let message = SequenceMessage(source: source, content: content)
        model.receive(message.octets, from: source, hopLimit: hopLimit, routerAlert: routerAlert, at: now)
    }

    /// A record as `"TO_EX 1 2"`.
    mutating func record(_ text: String, group: IPv6Address = Self.group) {
        let words = text.split(separator: " ").map(String.init)
        let type = UInt8(Self.recordNames[words.first ?? ""] ?? 0)
        receive(
            .report([.init(type: type, group: group, sources: words.dropFirst().compactMap(UInt64.init).map(source))]))
    }

    /// Makes the group `"IN 1 2"` or `"EX 1 2 / 3 4"`; its timers are called `filter` and `old`.
    mutating func make(_ state: String) {
        let parts = state.split(separator: "/", omittingEmptySubsequences: false)
        let listed = parts.first?.dropFirst(2) ?? ""
        if parts.count > 1 {
            record("IS_EX \(parts[1])")
            names[now + model.configuration.multicastAddressListeningInterval] = "filter"
        }
        pass(.seconds(1))
        record("ALLOW \(listed)")
        names[now + model.configuration.multicastAddressListeningInterval] = "old"
        pass(.seconds(9))
        _ = model.takeSent()
        names[now + model.configuration.multicastAddressListeningInterval] = "mali"
        names[now + model.configuration.lastListenerQueryTime] = "llqt"
    }

    /// The group as `"IN 1:old 2:mali"` or `"EX 1:old / 3 4 until mali"`; empty if there is none.
    var state: String {
        guard let group = model.groups[Self.group] else { return "" }
        var words = [group.mode == .include ? "IN" : "EX"]
        words += group.listed.sorted { $0.key < $1.key }.map { "\($0.low):\(names[$1] ?? "?")" }
        if group.mode == .include { return words.joined(separator: " ") }
        words += ["/"] + group.blocked.sorted().map { "\($0.low)" }
        words += ["until", group.filterTimer.map { names[$0] ?? "?" } ?? "never"]
        return words.joined(separator: " ")
    }

    /// The queries sent since the last call, as `"Q(1 2)"`, `"Q(1)S"` and `"Q"`; general ones are `"general"`.
    mutating func queries() -> String {
        model.takeSent().map { query in
            let sources = query.sources.sorted().map { "\($0.low)" }.joined(separator: " ")
            return (query.group.isUnspecified ? "general" : "Q") + (sources.isEmpty ? "" : "(\(sources))")
                + (query.suppress ? "S" : "")
        }.sorted().joined(separator: " ")
    }
}

/// 2001:db8::N
func source(_ number: UInt64) -> IPv6Address { IPv6Address(high: 0x2001_0db8 << 32, low: number) }
/// fe80::N
func router(_ number: UInt64) -> IPv6Address { IPv6Address(high: 0xfe80 << 48, low: number) }
