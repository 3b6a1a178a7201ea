import IPv6
import LinuxSystem
import Timing

/// Joins that start a co-located sender: lcupdate, holding WatchChannel.
enum TriggerBenchmark {
    static let group = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x4242)

    static func run(joins: Int, into report: inout BenchmarkReport) throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        // Without a hold time the sender stops with the last leave, and the next join finds it idle.
        try directory.write(
            """
            interfaces:
              lan0: {role: downstream, mld: {query-interval: 125, query-max-response-time: 1}}
            channels:
              bench: {group: "\(group)", source: "\(TwoLANs.routerAddress)", hold-time: 0}

            """, to: "lcroute.yaml")
        let router = try LabRouter(
            on: network.router, ["--config", directory.file("lcroute.yaml")], control: directory.file("control"))
        let sender = try LabProcess(
            [
                LabPrograms.path(of: "lcupdate"), "send",
                LabUpdate(LabDirectory.randomOctets(1 << 20), in: directory).file,
                "--group", group.description, "--source", TwoLANs.routerAddress.description, "--rate", "20M",
                "--trigger", "control", "--control", router.control,
            ], on: network.router)
        let watched = try router.wait(.seconds(5)) {
            try router.channel(group)?.watchers ?? 0
        } until: {
            $0 == 1
        }
        guard watched == 1 else {
            throw LabError.failed(command: sender.command, message: "does not watch: \(sender.text(.errors))")
        }
        let link = try LabSniffer(on: network.router, interface: "lcsrc1")
        var probe = try JoinProbe(on: network.h1, group: group)
        pause(.milliseconds(1500))
        var started = Samples()
        for _ in 0..<joins {
            link.reset()
            let sent = try probe.join()
            let first = link.waitForData(to: group, within: .seconds(1))
            started.add(first.flatMap { first in sent.map { first - $0 } })
            pause(.milliseconds(.random(in: 20...60)))
            try probe.leave()
            // The sender's own link is silent before the next join.
            _ = link.waitForSilence(on: group, of: .milliseconds(100), within: .seconds(5))
        }
        let section = "trigger"
        report.add(section, "report → first packet of the sender", started, median: 1)
        report.add(section, "report → first data on the LAN", probe.firstData)
        report.add(section, "leave → last data on the LAN", probe.lastData)
        withExtendedLifetime(sender) {}
    }
}
