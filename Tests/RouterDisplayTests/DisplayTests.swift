import Glibc
import RouterControl
import RouterDisplay
import Testing

@Suite struct DisplayTests {
    private func group(_ interface: String, _ address: String) -> GroupStatus {
        GroupStatus(
            interface: interface, groupAddress: address, filterMode: .exclude, compatibility: .mldv2, upTime: 252,
            expire: 259.6,
            lastReporter: nil, sources: [], hosts: [])
    }

    @Test("Groups are sorted by interface, lan2 before lan10, then by the address as a number")
    func order() {
        let reply = GroupsReply(groups: [
            group("lan10", "ff1e::1"), group("lan2", "ff1e::10"), group("lan2", "ff1e::9"),
            group("lan2", "ff05::1:0:0"),
            group("eth0", "ff3e::8000:1"),
        ])
        let rows = reply.displayText.split(separator: "\n").dropFirst().map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
        #expect(rows == ["eth0 ff3e::8000:1", "lan2 ff05::1:0:0", "lan2 ff1e::9", "lan2 ff1e::10", "lan10 ff1e::1"])
    }

    @Test("A group with its sources and hosts")
    func detail() {
        var status = group("lan0", "ff3e::8000:42")
        status.filterMode = .include
        status.expire = nil
        status.lastReporter = "fe80::2"
        status.sources = [
            SourceStatus(sourceAddress: "2001:db8::10", expire: 100, upTime: 3, state: .forward),
            SourceStatus(sourceAddress: "2001:db8::9", expire: nil, upTime: 3, state: .block),
        ]
        status.hosts = [HostStatus(hostAddress: "fe80::2", hostFilterMode: .include, expire: 258.2)]
        #expect(
            GroupsReply(groups: [status]).detailText == """
                INTERFACE  GROUP          MODE     VERSION  SOURCES  HOSTS     UP  EXPIRES  LAST REPORTER
                lan0       ff3e::8000:42  include  mldv2          2      1  4m12s        -  fe80::2

                INTERFACE  GROUP          SOURCE        STATE    UP  EXPIRES
                lan0       ff3e::8000:42  2001:db8::9   block    3s        -
                lan0       ff3e::8000:42  2001:db8::10  forward  3s    1m40s

                INTERFACE  GROUP          HOST     MODE     EXPIRES
                lan0       ff3e::8000:42  fe80::2  include    4m18s

                """)
    }

    @Test("Interfaces, one absent")
    func interfaces() {
        let lan = InterfaceStatus(
            interface: "lan0", index: 3, role: .downstream, operStatus: .up, address: "fe80::1",
            querier: QuerierStatus(address: "fe80::1", isSelf: true, expire: nil), version: 2, queryInterval: 125,
            queryMaxResponseTime: 10, lastMemberQueryInterval: 0.25, robustnessVariable: 2,
            configuredQueryInterval: 125, configuredRobustnessVariable: 2, groupsCount: 12,
            hostsCount: 3,
            mtu: 1500)
        var absent = lan
        absent.interface = "lan1"
        (absent.index, absent.address, absent.mtu) = (nil, nil, nil)
        absent.operStatus = .absent
        absent.reason = "there is no such interface"
        absent.querier = QuerierStatus(address: nil, isSelf: false, expire: nil)
        #expect(
            InterfacesReply(interfaces: [absent, lan]).displayText == """
                INTERFACE  ROLE        STATE   ADDRESS  QUERIER  EXPIRES  GROUPS  HOSTS   MTU  REASON
                lan0       downstream  up      fe80::1  self     -            12      3  1500  -
                lan1       downstream  absent  -        -        -            12      3     -  there is no such interface

                """)
        #expect(lan.displayText.contains("last member query interval  250ms\n"))
        #expect(absent.displayText.contains("reason                      there is no such interface\n"))
        #expect(lan.displayText.contains("querier                     fe80::1 (self)\n"))
        #expect(lan.displayText.contains("robustness variable         2\n"))
        var silent = lan
        silent.robustnessVariable = 7
        silent.queryInterval = 255
        #expect(silent.displayText.contains("robustness variable         7 (configured: 2)\n"))
        #expect(silent.displayText.contains("query interval              4m15s (configured: 2m05s)\n"))
        #expect(lan.displayText.contains("sources refused             0\n"))
    }

    @Test("Routes: * for any source, - for no way out")
    func routes() {
        let route = RouteStatus(
            sourceAddress: "::", groupAddress: "ff1e::1", incomingInterface: "wan0",
            outgoingInterfaces: ["lan0", "lan1"],
            state: .forward, packets: 10, bytes: 12800, wrongInterface: 0, upTime: 12)
        var other = route
        other.sourceAddress = "2001:db8::1"
        (other.outgoingInterfaces, other.state) = ([], .drop)
        (other.packets, other.wrongInterface) = (25, 15)  // the kernel counts the one among the other
        #expect(
            RoutesReply(routes: [other, route]).displayText == """
                SOURCE       GROUP    IN    OUT        STATE    PACKETS  BYTES  WRONG-IF   UP
                *            ff1e::1  wan0  lan0,lan1  forward       10  12800         0  12s
                2001:db8::1  ff1e::1  wan0  -          drop          10  12800        15  12s

                """)
    }

    @Test("Channels, listeners, statistics and status have a line for each")
    func others() {
        let channel = ChannelStatus(
            name: "firmware", groupAddress: "ff3e::8000:42", sourceAddress: nil, state: .failed, holdTime: 2,
            interfaces: ["lan0"], listeners: 2, watchers: 0, starts: 3, lastStart: 1, lastStop: nil,
            lastTriggerLatency: 0.000_312, command: ["x"],
            pid: nil,
            lastError: "x: No such file")
        #expect(
            ChannelsReply(channels: [channel]).displayText == """
                NAME      GROUP          SOURCE  STATE   INTERFACES  LISTENERS  WATCHERS  STARTS  TRIGGER  PID  ERROR
                firmware  ff3e::8000:42  *       failed  lan0                2         0       3    312µs    -  x: No such file

                """)
        let listener = ListenerStatus(
            interface: "lan0", hostAddress: "fe80::2", groupAddress: "ff1e::1", hostFilterMode: .include,
            sources: ["2001:db8::1", "2001:db8::2"], expire: nil)
        #expect(
            ListenersReply(listeners: [listener]).displayText == """
                INTERFACE  HOST     GROUP    MODE     EXPIRES  SOURCES
                lan0       fe80::2  ff1e::1  include        -  2001:db8::1,2001:db8::2

                """)
        let statistics = StatisticsReply(interfaces: [
            InterfaceStatistics(
                interface: "lan0", received: MessageCounts(report: 5), error: ErrorCounts(routerAlert: 1),
                limit: LimitCounts(maxHosts: 7, specificQueriesPerSecond: 12, confirmingQueriesPerSecond: 3))
        ])
        #expect(
            statistics.displayText == """
                INTERFACE  DIRECTION  QUERY  REPORT  REPORT-V1  DONE
                lan0       received       0       5          0     0
                lan0       sent           0       0          0     0

                INTERFACE  CHECKSUM  TOO-SHORT  TOO-LONG  FRAGMENT  HOP-LIMIT  SOURCE  ROUTER-ALERT  UNKNOWN-TYPE  MALFORMED  LIMIT  DENIED  NO-SOURCE  DROPPED
                lan0              0          0         0         0          0       0             1             0          0      0       0          0        0

                INTERFACE  MAX-GROUPS  MAX-GROUP-SOURCES  MAX-HOSTS  MAX-GROUPS-PER-HOST  REPORTS  REPORTS-PER-HOST  QUERIES  SPECIFIC-QUERIES  CONFIRMING-QUERIES
                lan0                0                  0          7                    0        0                 0        0                12                   3

                """)
        let status = RouterStatus(
            version: "0.1.0", upTime: 252, control: "/run/x", capture: .pcap, forwarding: true, interfacesCount: 2,
            groupsCount: 1,
            hostsCount: 1, routesCount: 1, channelsCount: 1, sendingCount: 0)
        #expect(status.displayText.hasPrefix("version     0.1.0\nup          4m12s\ncontrol     /run/x\n"))
    }

    private static let events: [(RouterEvent, String)] = [
        (
            RouterEvent.snapshot(sequence: 0, time: 0, interfaces: [], groups: [], routes: [], channels: []),
            "snapshot 0 interfaces, 0 groups, 0 routes, 0 channels"
        ),
        (
            RouterEvent(
                time: 0, event: .groupAdded, interface: "lan0", groupAddress: "ff1e::1", hostAddress: "fe80::2",
                filterMode: .exclude),
            "group-added lan0 ff1e::1 exclude host fe80::2"
        ),
        (
            RouterEvent(
                time: 0, event: .sourceRemoved, interface: "lan0", groupAddress: "ff1e::1", sourceAddress: "2001:db8::1"
            ),
            "source-removed lan0 ff1e::1 source 2001:db8::1"
        ),
        (
            RouterEvent(
                time: 0, event: .querierChanged, interface: "lan0",
                querier: QuerierStatus(address: "fe80::1", isSelf: true, expire: nil)),
            "querier-changed lan0 fe80::1 (self)"
        ),
        (
            RouterEvent(
                time: 0, event: .routeAdded, groupAddress: "ff1e::1", sourceAddress: "::", incomingInterface: "wan0",
                outgoingInterfaces: ["lan0", "lan1"]),
            "route-added (*, ff1e::1) wan0 -> lan0,lan1"
        ),
        (
            RouterEvent(
                time: 0, event: .routeChanged, groupAddress: "ff1e::1", sourceAddress: "2001:db8::1",
                incomingInterface: "wan0",
                outgoingInterfaces: []),
            "route-changed (2001:db8::1, ff1e::1) wan0 -> none"
        ),
        (
            RouterEvent(
                time: 0, event: .sourceRefused, interface: "lan0", groupAddress: "ff1e::1",
                sourceAddress: "2001:db8::1", incomingInterface: "wan0"),
            "source-refused lan0 (2001:db8::1, ff1e::1) expected wan0"
        ),
        (
            RouterEvent(
                time: 0, event: .sourceRefused, interface: "lan0", groupAddress: "ff1e::1", sourceAddress: "2001:db8::1"
            ),
            "source-refused lan0 (2001:db8::1, ff1e::1)"
        ),
        (
            RouterEvent(
                time: 0, event: .channelStarted, groupAddress: "ff1e::1", channel: "tv", triggerLatency: 0.0004),
            "channel-started tv ff1e::1 after 400µs"
        ),
        (
            RouterEvent(time: 0, event: .channelFailed, groupAddress: "ff1e::1", channel: "tv", message: "gone\n"),
            "channel-failed tv ff1e::1 - gone?"
        ),
    ]

    @Test("An event is one line", arguments: events)
    func event(event: RouterEvent, line: String) {
        let text = event.displayText
        #expect(text.split(separator: " ", maxSplits: 1).last.map(String.init) == line + "\n")
        #expect(text.split(separator: " ").first?.count == "00:00:00.000".count)
    }

    @Test("The time of day is the local one, to the millisecond")
    func time() throws {
        var seconds = time_t(1_790_000_000)
        var parts = tm()
        _ = try #require(localtime_r(&seconds, &parts))
        let text = RouterEvent(time: 1_790_000_000.0425, event: .groupRemoved).displayText
        let numbers = text.prefix { $0 != " " }.split { ":.".contains($0) }.map { Int($0) }
        #expect(numbers == [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec), 43] || numbers.last == 42)
    }
}
