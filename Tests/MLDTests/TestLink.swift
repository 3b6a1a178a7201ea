import IPv6
import MLD
import Timing

/// A router on a link in virtual time, and what it did since it was last asked.
struct TestLink {
    static let routerAddress = address("fe80::ff")

    var router: MLDRouter
    var now = Instant(nanoseconds: 1_000_000_000_000)
    private var actions: [MLDRouter.Action] = []

    /// Started, with its first general query already taken away.
    init(mtu: Int = 1500, events: Bool = false, _ adjust: (inout MLDConfiguration) -> Void = { _ in }) {
        var configuration = MLDConfiguration()
        adjust(&configuration)
        router = MLDRouter(configuration: configuration, address: Self.routerAddress, mtu: mtu)
        router.reportsEvents = events
        router.start(at: now, into: &actions)
        actions = []
    }

    /// Started so long ago that every listener has been heard.
    static func settled(
        mtu: Int = 1500, events: Bool = false, _ adjust: (inout MLDConfiguration) -> Void = { _ in }
    ) -> TestLink {
        var link = TestLink(mtu: mtu, events: events, adjust)
        link.pass(.seconds(60))
        return link
    }

    /// What the router did since the last call.
    mutating func taken() -> [MLDRouter.Action] {
        defer { actions = [] }
        return actions
    }

    mutating func sent() -> [MLDQuery] {
        taken().compactMap { if case .send(let query, _) = $0 { query } else { nil } }
    }
    mutating func changes() -> [IPv6Address] {
        taken().compactMap { if case .suggestionChanged(let group) = $0 { group } else { nil } }
    }
    mutating func events() -> [MLDEvent] {
        taken().compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// Lets time pass, with every timer on time.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let next = router.nextDeadline, next <= end {
            now = max(now, next)
            router.advance(to: now, into: &actions)
        }
        now = end
        router.advance(to: now, into: &actions)
    }

    mutating func receive(
        _ octets: [UInt8], from: IPv6Address, to: IPv6Address = .allMLDv2Routers, hopLimit: UInt8 = 1,
        routerAlert: Bool = true
    ) {
        router.receive(
            octets.span.bytes, from: from, to: to, hopLimit: hopLimit, routerAlert: routerAlert, at: now, into: &actions
        )
    }

    mutating func receive(_ message: some MLDMessage, from: IPv6Address, to: IPv6Address = .allMLDv2Routers) {
        receive(message.encoded(from: from, to: to), from: from, to: to)
    }

    mutating func report(
        _ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = [], host number: Int = 1
    ) {
        receive(MLDReport([.init(kind, group, sources)]), from: host(number))
    }

    mutating func start() { router.start(at: now, into: &actions) }
    mutating func stop() { router.stop(at: now, into: &actions) }
    mutating func clear(_ group: IPv6Address?) { router.clear(group: group, at: now, into: &actions) }
}

/// The address, or `::` for text that is none.
func address(_ text: String) -> IPv6Address { IPv6Address(text) ?? .unspecified }

/// fe80::1:N, above the router's own address.
func host(_ number: Int) -> IPv6Address { IPv6Address(high: 0xfe80 << 48, low: 0x1_0000_0000 + UInt64(number)) }

/// 2001:db8::N
func source(_ number: Int) -> IPv6Address { IPv6Address(high: 0x2001_0db8 << 32, low: UInt64(number)) }

/// ff1e::N, an any-source group.
func group(_ number: Int) -> IPv6Address { IPv6Address(high: 0xff1e << 48, low: UInt64(number)) }

/// ff3e::8000:N, an SSM group.
func ssmGroup(_ number: Int) -> IPv6Address {
    IPv6Address(high: 0xff3e << 48, low: 0x8000_0000 + UInt64(number))
}

/// Octets written as pairs of hexadecimal digits, with any spaces.
func octets(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
        let start = digits.index(digits.startIndex, offsetBy: offset)
        return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
    }
}
