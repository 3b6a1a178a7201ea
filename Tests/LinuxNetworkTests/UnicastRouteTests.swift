import IPv6
import LinuxSystem
import Testing
import Timing

@testable import LinuxNetwork

/// Where the real kernel's unicast routing leads, and how its changes are heard.
@Suite("Unicast routes", .serialized, .needsNetworkPrivileges)
struct UnicastRouteTests {
    /// The route to an address in a namespace.
    private func route(to text: String, in namespace: borrowing NetworkNamespace) throws -> UnicastRoute? {
        let address = try address(text)
        return try namespace.perform {
            var table = try UnicastRouteTable()
            return try table.route(to: address)
        }
    }

    @Test("own addresses, on-link ones, those behind routers, several equal paths, and none")
    func kinds() throws {
        let network = try TestNetwork()
        let namespace = network.router.descriptor.number
        for command in [
            "link add dum0 type veth peer name dum1", "link set dum0 up", "link set dum1 up",
            "address add 2001:db8:7::1/64 dev dum0 nodad",
            "route add 2001:db8:b::/48 via 2001:db8:1::2",
            "route add 2001:db8:c::/48 nexthop via 2001:db8:1::2 nexthop via 2001:db8:7::2",
            "route add default dev dum0",
        ] {
            try ip("-6 \(command)", in: namespace)
        }
        let dummy = try network.router.perform { () -> Int32 in
            let monitor = try LinkMonitor()
            return monitor.link(named: "dum0")?.index ?? 0
        }
        let expected: [(String, UnicastRoute)] = [
            ("2001:db8:1::1", UnicastRoute(kind: .own, interfaces: [])),
            ("2001:db8:1::99", UnicastRoute(kind: .onLink, interfaces: [network.lan])),
            ("2001:db8:b::1", UnicastRoute(kind: .routed, interfaces: [network.lan])),
            ("2001:db8:c::1", UnicastRoute(kind: .routed, interfaces: [network.lan, dummy].sorted())),
            ("3000::1", UnicastRoute(kind: .routed, interfaces: [dummy])),  // by default only, though without gateway
        ]
        for (address, expected) in expected {
            #expect(try route(to: address, in: network.router) == expected, "\(address)")
        }
    }

    @Test("no route, and routes that lead nowhere", arguments: [nil, "unreachable", "blackhole", "prohibit", "throw"])
    func none(kind: String?) throws {
        let network = try TestNetwork()
        if let kind { try ip("-6 route add \(kind) 3000::/16", in: network.router.descriptor.number) }
        #expect(try route(to: "3000::1", in: network.router) == nil)
        #expect(try route(to: "2001:db8:1::9", in: network.router)?.kind == .onLink)
    }

    @Test("a nexthop object leads where it leads, also where the kernel does not show its parts in the route")
    func nexthopObject() throws {
        let network = try TestNetwork()
        let namespace = network.router.descriptor.number
        try sysctl("net/ipv4/nexthop_compat_mode", "0", in: namespace)
        try ip("-6 nexthop add id 7 via 2001:db8:1::2 dev lan0", in: namespace)
        try ip("-6 route add 2001:db8:d::/48 nhid 7", in: namespace)
        #expect(
            try route(to: "2001:db8:d::1", in: network.router)
                == UnicastRoute(kind: .routed, interfaces: [network.lan]))
    }

    @Test("a rule counts, and the more special of two routes")
    func policy() throws {
        let network = try TestNetwork()
        let namespace = network.router.descriptor.number
        try ip("-6 route add 2001:db8:e::/48 via 2001:db8:1::2 table 99", in: namespace)
        #expect(try route(to: "2001:db8:e::1", in: network.router) == nil)
        try ip("-6 rule add to 2001:db8:e::/48 lookup 99", in: namespace)
        #expect(try route(to: "2001:db8:e::1", in: network.router)?.kind == .routed)
        try ip("-6 route add 2001:db8:e::/64 dev lan0 table 99", in: namespace)
        #expect(try route(to: "2001:db8:e::1", in: network.router)?.kind == .onLink)
    }

    @Test(
        "every change that can lead elsewhere is heard",
        arguments: [
            ["route add 2001:db8:b::/48 via 2001:db8:1::2"], ["address add 2001:db8:8::1/64 dev lan0 nodad"],
            ["address del 2001:db8:1::1/64 dev lan0"], ["link set lan0 down"], ["rule add to 3000::/16 lookup 99"],
            ["nexthop add id 7 via 2001:db8:1::2 dev lan0"],
        ])
    func changes(commands: [String]) throws {
        let network = try TestNetwork()
        try network.router.perform {
            let monitor = try UnicastRouteMonitor()
            while try monitor.takeChanges() {}
            for command in commands { try ip("-6 \(command)", in: network.router.descriptor.number) }
            try eventually("a change is heard", watching: monitor.descriptor) { try monitor.takeChanges() }
        }
    }

    @Test("changes beyond the buffer are a change, too, and then there is silence")
    func overrun() throws {
        let network = try TestNetwork()
        try network.router.perform {
            let monitor = try UnicastRouteMonitor(receiveBuffer: 1)
            for number in 0..<40 {
                try ip("-6 route add 2001:db8:\(number)00::/48 via 2001:db8:1::2", in: network.router.descriptor.number)
            }
            #expect(try monitor.takeChanges())
            var reads = 0
            while try monitor.takeChanges() { reads += 1 }
            #expect(reads < 40)
        }
    }
}
