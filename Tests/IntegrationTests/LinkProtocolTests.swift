import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import NetworkLab
import RouterControl
import Testing
import Timing
import Varlink

/// The protocol as the agent speaks it on its links, seen from the wire and from the kernel.
@Suite("The protocol on each link", .serialized, .needsNamespaces)
struct LinkProtocolTests {
    private let group = Experiment.asm

    @Test(
        "C1 C2 C15 all that the router says is from its link-local address, with hop limit 1 and Router Alert, where it belongs"
    )
    func everyMessage() throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), immediate-leave: false")
        let own = try experiment.network.router.linkLocalAddress(of: "lan0")
        // The first general query went out before the agent answered; lan0 is heard since before that.
        let any = try LabListener.joined(group, on: experiment.network.h1)
        let one = try LabListener.joined(Experiment.ssm, .include([TwoLANs.firstSource]), on: experiment.network.h2)
        let joined = try experiment.router.wait(.seconds(3)) {
            try experiment.router.groups().filter { $0.interface == "lan0" }.map(\.groupAddress)
        } until: {
            $0.contains(group.description) && $0.contains(Experiment.ssm.description)
        }
        try #require(joined.contains(group.description))
        any.leave()
        one.leave()
        let fromRouter = { (message: MLDFrame) in !message.outgoing && message.kind == .query }
        for wanted in [IPv6Address.unspecified, group, Experiment.ssm] {
            let query = experiment.lan0.waitForMessage(within: .seconds(3)) {
                fromRouter($0) && $0.groups == [wanted]
            }
            #expect(query?.destination == (wanted.isUnspecified ? .allNodes : wanted))
        }
        _ = experiment.lan0.waitForMessage(within: .seconds(3)) { !$0.outgoing && $0.kind == .report }
        let said = experiment.lan0.record.messages.filter { !$0.outgoing }
        #expect(said.count >= 4)
        for message in said {
            #expect(message.source == own && message.hopLimit == 1 && message.routerAlert, "\(message)")
            if message.kind == .report { #expect(message.destination == .allMLDv2Routers) }
        }
    }

    @Test("C18 each link has an instance of its own: querier, groups, hosts and counters")
    func instances() throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), immediate-leave: false")
        let lan0 = try CraftedLink.of(experiment.network.h1)
        experiment.finishQueryRound()
        let before = try counters(experiment)
        try lan0.report(.toExclude, group, host: 1)
        try lan0.report(.toExclude, IPv6Address(high: group.high, low: 0x77), host: 2)
        let listening = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: group)
        } until: {
            $0 == ["lan0"]
        }
        #expect(listening == ["lan0"])
        let after = try counters(experiment)
        #expect((after["lan0"] ?? 0) >= (before["lan0"] ?? 0) + 2)

        // The same group on the other link is another one, and a leave on one link is none on the other.
        let lan1 = try CraftedLink.of(experiment.network.h3)
        try lan1.report(.toExclude, group, host: 1)
        _ = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: group)
        } until: {
            $0.count == 2
        }
        try lan0.report(.toInclude, group, host: 1)
        let left = try experiment.router.wait(.seconds(4)) {
            try experiment.router.interfaces(listeningTo: group)
        } until: {
            $0 == ["lan1"]
        }
        #expect(left == ["lan1"])

        // A router with a lower address on one link is querier there, and there only.
        try lan0.query(from: IPv6Address(high: 0xfe80 << 48, low: 1))
        let queriers = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces().filter { $0.role == .downstream }
                .sorted { $0.interface < $1.interface }.map(\.querier.isSelf)
        } until: {
            $0 == [false, true]
        }
        #expect(queriers == [false, true])
    }

    private func counters(_ experiment: Experiment) throws -> [String: UInt64] {
        let reply = try VarlinkConnection(path: experiment.router.control)
            .call(RouterMethod.getStatistics.qualifiedName, NoParameters()).decode(StatisticsReply.self)
        return Dictionary(reply.interfaces.map { ($0.interface, $0.received.report) }) { $1 }
    }

    @Test("C19 the router's links take every multicast frame, and ff02::16 is joined on each")
    func allMulticast() throws {
        let experiment = try Experiment()
        for lan in ["lan0", "lan1"] {
            let details = try LabProcess.run(["ip", "-details", "link", "show", lan], on: experiment.network.router)
            #expect(details.output.contains("allmulti 1"), "\(details.output)")
            let joined = try LabProcess.run(["ip", "-6", "maddress", "show", lan], on: experiment.network.router)
            #expect(joined.output.split(whereSeparator: \.isWhitespace).contains("ff02::16"))
        }
    }

    @Test("C20 the router is a listener of ff02::16 on each link, and answers queries for it")
    func ownListener() throws {
        let experiment = try Experiment()
        for (sniffer, name) in [(experiment.lan0, "lan0"), (experiment.lan1, "lan1")] {
            let own = try experiment.network.router.linkLocalAddress(of: name)
            // Its own general query at the start asks it as well as everybody else.
            let answer = sniffer.waitForMessage(within: .seconds(4)) {
                !$0.outgoing && $0.source == own
                    && $0.records.contains {
                        $0.group == .allMLDv2Routers && $0.type == MLDRecordKind.isExclude.rawValue
                    }
            }
            #expect(answer?.destination == .allMLDv2Routers)
            let tracked = try experiment.router.wait(.seconds(2)) {
                try experiment.router.interfaces(listeningTo: .allMLDv2Routers)
            } until: {
                $0.contains(name)
            }
            #expect(tracked.contains(name), "a group like others")
        }
    }

    @Test("C31 robustness 1 is accepted, and the log warns of it", arguments: [1, 2])
    func robustnessWarning(value: Int) throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), robustness-variable: \(value)")
        let warnings = { experiment.router.process.lines(.errors).filter { $0.contains("robustness-variable is 1") } }
        let expected = value == 1 ? 2 : 0  // one for each LAN
        let said = try experiment.router.wait(.seconds(value == 1 ? 3 : 0), for: warnings) { $0.count == expected }
        #expect(said.count == expected)
        #expect(try experiment.router.interfaces().filter { $0.role == .downstream && $0.querier.isSelf }.count == 2)
    }

    @Test(
        "C4 a report with a wrong checksum makes no state and is counted, through socket or capture",
        arguments: ["raw", "pcap"])
    func checksum(capture: String) throws {
        let directory = try LabDirectory()
        let network = try TwoLANs()
        let router = try LabRouter(
            on: network.router, ["--capture", capture, "lan0"], control: directory.file("control"))
        let link = try CraftedLink.of(network.h1)
        try link.report(.toExclude, group, host: 1) { $0[$0.count - 1] ^= 1 }
        let other = IPv6Address(high: group.high, low: 0x77)
        try link.report(.toExclude, other, host: 1)
        let heard = try router.wait(.seconds(3)) {
            try router.interfaces(listeningTo: other)
        } until: {
            $0 == ["lan0"]
        }
        #expect(heard == ["lan0"])
        #expect(try router.interfaces(listeningTo: group) == [])
        #expect(try router.statistics().map(\.error.checksum) == [1])
    }

    @Test("C84 groups of scope 0, 1 and 2 are tracked, not forwarded, and nobody can watch them", arguments: 0...2)
    func linkScope(scope: UInt64) throws {
        let experiment = try Experiment()
        let local = IPv6Address(high: (0xff00 + scope) << 48, low: 0x9999)
        let reporter = try CraftedLink.of(experiment.network.h3)
        try reporter.report(.toExclude, local, host: 1)
        let tracked = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: local)
        } until: {
            $0 == ["lan1"]
        }
        #expect(tracked == ["lan1"])
        #expect(throws: VarlinkError.self) {
            try VarlinkConnection(path: experiment.router.control).stream(
                RouterMethod.watchChannel.qualifiedName, ChannelSelection(groupAddress: local.description)
            ) { _ in false }
        }
        #expect(try experiment.router.channels().isEmpty)

        // Both groups have a listener on LAN 1; only the one that reaches beyond a link is carried there.
        try reporter.report(.toExclude, group, host: 1)
        let both = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: group)
        } until: {
            $0 == ["lan1"]
        }
        #expect(both == ["lan1"])
        let sender = try CraftedLink.of(experiment.network.h1)
        let neighbour = try CraftedLink.of(experiment.network.h2)
        for _ in 0..<20 { try sender.datagram(from: Self.host, to: local) }
        for _ in 0..<20 { try sender.datagram(from: Self.host, to: group) }
        var beyond: [IPv6Address] = []
        _ = try experiment.router.wait(.seconds(3)) {
            beyond += try reporter.arrivals()
        } until: {
            beyond.contains(group)
        }
        #expect(beyond.contains(group) && !beyond.contains(local))
        #expect(try neighbour.arrivals().contains(local))
        #expect(try experiment.router.routes().map(\.groupAddress) == [group.description])
    }

    private static let host = IPv6Address(high: 0x2001_0db8_0001_0000, low: 0x11)

    @Test("C86 reports that change nothing, and leaves of what nobody has, start and stop nothing")
    func reportsAreNoTriggers() throws {
        let experiment = try Experiment(
            channels: "channels:\n  c: {group: \(group), hold-time: 0, command: [/bin/sleep, \"1000\"]}")
        experiment.finishQueryRound()
        let link = try CraftedLink.of(experiment.network.h1)
        let channel = { try #require(try experiment.router.channel(group)) }
        for host in 1...10 {
            try link.report(.toInclude, group, host: host)
            try link.report(.block, group, [TwoLANs.firstSource], host: host)
        }
        pause(.milliseconds(300))
        #expect(try channel().starts == 0 && channel().state == .idle)
        for host in 1...50 { for _ in 0..<2 { try link.report(.toExclude, group, host: host) } }
        let started = try experiment.router.wait(.seconds(3), for: channel) { $0.state == .sending }
        #expect(started.state == .sending)
        // All but one leave, strangers among them.
        for host in 2...100 { try link.report(.toInclude, group, host: host) }
        pause(.milliseconds(500))
        #expect(try channel().state == .sending && channel().starts == 1)
        try link.report(.toInclude, group, host: 1)
        let stopped = try experiment.router.wait(.seconds(3), for: channel) { $0.state == .idle }
        #expect(stopped.state == .idle && stopped.starts == 1)
    }
}
