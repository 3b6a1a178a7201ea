import IPv6
import LinuxSystem
import Timing

/// Joins into a running stream and leaves from it, through lcrouted and, for comparison, through a snooping bridge.
enum LatencyBenchmark {
    static let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x1234)
    /// Datagrams per second.
    static let rate = 20_000

    static func run(joins: Int, into report: inout BenchmarkReport) throws {
        let directory = try LabDirectory()
        let network = try TwoLANs(withSource: true)
        guard let source = network.source else { return }
        // A short first query round: immediate leave acts only after one.
        try directory.write(
            """
            interfaces:
              lan0: {role: downstream, mld: {query-interval: 125, query-max-response-time: 1}}
              wan0: {role: upstream}

            """, to: "lcroute.yaml")
        let router = try LabRouter(
            on: network.router, ["--config", directory.file("lcroute.yaml")], control: directory.file("control"))
        let lan0 = try network.router.index(of: "lan0")
        let routes = try RouteProbe(on: network.router, group: group)
        var probe = try JoinProbe(on: network.h1, group: group)
        let stream = try LabStream(from: TwoLANs.firstSource, on: source, to: group, rate: rate, size: 64)
        pause(.milliseconds(1500))
        var routed = Samples()
        for _ in 0..<joins {
            routes.reset()
            let sent = try probe.join()
            let route = routes.waitForOutgoing(lan0, within: .seconds(1))
            routed.add(route.flatMap { route in sent.map { route - $0 } })
            pause(.milliseconds(.random(in: 5...25)))
            try probe.leave()
            pause(.milliseconds(.random(in: 5...25)))
        }
        let section = "join and leave"
        report.add(section, "report → route in the kernel", routed, median: 0.15)
        report.add(section, "report → first data at \(rate / 1000) kpps", probe.firstData, median: 0.3, tail: 2)
        report.add(section, "leave → last data, immediate leave", probe.lastData)
        withExtendedLifetime((router, stream)) {}
    }

    /// The same through one bridge with the kernel's own MLD snooping and no routing: what any of this could be at best.
    static func runSnooping(joins: Int, into report: inout BenchmarkReport) throws {
        let laboratory = Laboratory()
        let lan = try laboratory.network("lan", snooping: true)
        let source = try laboratory.machine("source")
        let host = try laboratory.machine("h1")
        try laboratory.connect(source, "eth0", to: lan, addresses: ["\(TwoLANs.firstSource)/64"])
        try laboratory.connect(host, "eth0", to: lan)
        // A bridge with a new querier floods until one query response interval has passed, the one that holds when the
        // querier is switched on: hence the order. Centiseconds.
        try lan.node.ip([
            "link set br0 type bridge mcast_query_response_interval 100 mcast_mld_version 2",
            "link set br0 type bridge mcast_querier 1",
            "link set \(lan.port(of: host)) type bridge_slave fastleave on",
        ])
        var probe = try JoinProbe(on: host, group: group)
        let stream = try LabStream(from: TwoLANs.firstSource, on: source, to: group, rate: rate, size: 64)
        pause(.seconds(3))
        for _ in 0..<joins {
            _ = try probe.join()
            pause(.milliseconds(.random(in: 5...25)))
            try probe.leave()
            pause(.milliseconds(.random(in: 5...25)))
        }
        let section = "reference: Linux bridge snooping, no routing"
        report.add(section, "report → first data at \(rate / 1000) kpps", probe.firstData)
        report.add(section, "leave → last data, fast leave", probe.lastData)
        withExtendedLifetime(stream) {}
    }
}
