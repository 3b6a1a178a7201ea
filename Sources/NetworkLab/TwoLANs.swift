import Glibc
import IPv6
import LinuxSystem
import Timing

/// The network of the demonstration and of most tests: a router with two LANs, two hosts on the first and one on the
/// second, and on request a source host behind the router's `wan0`.
///
///     source ── wan0 [router] lan0 ──┬── h1
///                             │      └── h2
///                             lan1 ───── h3
public struct TwoLANs: Sendable {
    public let laboratory: Laboratory
    public let router: LabNode
    public let lan0: LabNetwork
    public let lan1: LabNetwork
    /// h1 and h2 are on LAN 0, h3 is on LAN 1. The interface of each is `eth0`.
    public let h1: LabNode
    public let h2: LabNode
    public let h3: LabNode
    /// Its interface is `eth0`, with both source addresses.
    public let source: LabNode?

    /// An address of the router; streams from `lcsrc0` have it as their source.
    public static let routerAddress = IPv6Address(high: 0x2001_0db8_0001_0000, low: 1)
    /// The addresses of the source host.
    public static let firstSource = IPv6Address(high: 0x2001_0db8_000f_0000, low: 0x51)
    public static let secondSource = IPv6Address(high: 0x2001_0db8_000f_0000, low: 0x52)

    /// - Throws: `LabError`, also `.timedOut` if an interface has no usable link-local address after five seconds.
    public init(withSource: Bool = false, snooping: Bool = false) throws {
        let laboratory = Laboratory()
        let router = try laboratory.machine("router", forwarding: true)
        lan0 = try laboratory.network("lan0", snooping: snooping)
        lan1 = try laboratory.network("lan1", snooping: snooping)
        try laboratory.connect(router, "lan0", to: lan0, addresses: ["\(Self.routerAddress)/64"])
        try laboratory.connect(router, "lan1", to: lan1, addresses: ["2001:db8:2::1/64"])
        var hosts: [LabNode] = []
        for (name, lan, address) in [
            ("h1", lan0, "2001:db8:1::11/64"), ("h2", lan0, "2001:db8:1::12/64"), ("h3", lan1, "2001:db8:2::13/64"),
        ] {
            let host = try laboratory.machine(name)
            try laboratory.connect(host, "eth0", to: lan, addresses: [address])
            hosts.append(host)
        }
        var interfaces = hosts.map { ($0, "eth0") } + [(router, "lan0"), (router, "lan1")]
        if withSource {
            let source = try laboratory.machine("source")
            try laboratory.connect(
                source, "eth0", addresses: ["\(Self.firstSource)/64", "\(Self.secondSource)/64"], with: router, "wan0",
                addresses: ["2001:db8:f::1/64"])
            interfaces += [(source, "eth0"), (router, "wan0")]
            self.source = source
        } else {
            source = nil
        }
        self.laboratory = laboratory
        self.router = router
        (h1, h2, h3) = (hosts[0], hosts[1], hosts[2])
        for (machine, interface) in interfaces { try machine.waitForLinkLocalAddress(of: interface) }
        for lan in [lan0, lan1] { try lan.waitUntilForwarding() }
    }
}
