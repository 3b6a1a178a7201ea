import FoundationEssentials
import JSONText
import RouterControl
import Testing

private let group = GroupStatus(
    interface: "lan0", groupAddress: "ff3e::8000:42", filterMode: .include, compatibility: .mldv2, upTime: 61.5,
    expire: nil,
    lastReporter: "fe80::2",
    sources: [SourceStatus(sourceAddress: "2001:db8::1", expire: 259.75, upTime: 61.5, state: .forward)],
    hosts: [HostStatus(hostAddress: "fe80::2", hostFilterMode: .include, expire: nil)])
private let groupText =
    #"{"interface":"lan0","group_address":"ff3e::8000:42","filter_mode":"include","compatibility":"mldv2","up_time":61.5,"#
    + #""expire":null,"last_reporter":"fe80::2","#
    + #""sources":[{"source_address":"2001:db8::1","expire":259.75,"up_time":61.5,"state":"forward"}],"#
    + #""hosts":[{"host_address":"fe80::2","host_filter_mode":"include","expire":null}]}"#

private let interface = InterfaceStatus(
    interface: "lan0", index: 3, role: .downstream, operStatus: .up, address: "fe80::1",
    querier: QuerierStatus(address: "fe80::1", isSelf: true, expire: nil), version: 2, queryInterval: 125,
    queryMaxResponseTime: 10, lastMemberQueryInterval: 1, robustnessVariable: 2, configuredQueryInterval: 125,
    configuredRobustnessVariable: 2, groupsCount: 1, hostsCount: 1,
    mtu: 1500, sourceCheck: .own, sourcesRefused: 7)
private let interfaceText =
    #"{"interface":"lan0","index":3,"role":"downstream","oper_status":"up","reason":null,"address":"fe80::1","#
    + #""querier":{"address":"fe80::1","self":true,"expire":null},"version":2,"query_interval":125,"#
    + #""query_max_response_time":10,"last_member_query_interval":1,"robustness_variable":2,"configured_query_interval":125,"configured_robustness_variable":2,"groups_count":1,"#
    + #""hosts_count":1,"mtu":1500,"source_check":"own","sources_refused":7}"#

private let absent = InterfaceStatus(
    interface: "lan9", index: nil, role: .upstream, operStatus: .absent, reason: "gone", address: nil,
    querier: QuerierStatus(address: nil, isSelf: false, expire: 255), version: 2, queryInterval: 125,
    queryMaxResponseTime: 10, lastMemberQueryInterval: 0.1 + 0.2, robustnessVariable: 2, configuredQueryInterval: 125,
    configuredRobustnessVariable: 2, groupsCount: 0, hostsCount: 0,
    mtu: nil)
private let absentText =
    #"{"interface":"lan9","index":null,"role":"upstream","oper_status":"absent","reason":"gone","address":null,"#
    + #""querier":{"address":null,"self":false,"expire":255},"version":2,"query_interval":125,"#
    + #""query_max_response_time":10,"last_member_query_interval":0.3,"robustness_variable":2,"configured_query_interval":125,"configured_robustness_variable":2,"groups_count":0,"#
    + #""hosts_count":0,"mtu":null,"source_check":"strict","sources_refused":0}"#

private let route = RouteStatus(
    sourceAddress: "::", groupAddress: "ff1e::1", incomingInterface: "wan0", outgoingInterfaces: [], state: .drop,
    packets: 18_446_744_073_709_551_615, bytes: 2, wrongInterface: 0, upTime: 0.000_25)
private let routeText =
    #"{"source_address":"::","group_address":"ff1e::1","incoming_interface":"wan0","outgoing_interfaces":[],"state":"drop","#
    + #""packets":18446744073709551615,"bytes":2,"wrong_interface":0,"up_time":0.00025}"#

private let channel = ChannelStatus(
    name: "firmware", groupAddress: "ff3e::8000:42", sourceAddress: nil, state: .sending, holdTime: 0.5,
    interfaces: ["lan0", "lan1"], listeners: 2, watchers: 1, starts: 3, lastStart: 1_790_000_000.5, lastStop: nil,
    lastTriggerLatency: 0.000_312,
    command: ["/bin/send", "a b"], pid: 77, lastError: nil)
private let channelMembers =
    #""name":"firmware","group_address":"ff3e::8000:42","source_address":null,"state":"sending","hold_time":0.5,"#
    + #""interfaces":["lan0","lan1"],"listeners":2,"watchers":1,"starts":3,"last_start":1790000000.5,"last_stop":null,"last_trigger_latency":0.000312,"#
    + #""command":["/bin/send","a b"],"pid":77,"last_error":null"#

private func read<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
    try JSONDecoder().decode(type, from: Data(text.utf8))
}

/// Writes as expected, and reads back as it was.
private func check<T: JSONWritable & Decodable & Equatable>(_ value: T, _ text: String) throws {
    #expect(JSONWriter.text(of: value) == text)
    #expect(try read(T.self, text) == value)
}

@Suite struct RouterControlTests {
    @Test("Groups: names in their order, null where no timer runs")
    func groups() throws {
        try check(GroupsReply(groups: [group]), #"{"groups":[\#(groupText)]}"#)
        try check(GroupsReply(groups: []), #"{"groups":[]}"#)
    }

    @Test("Interfaces, present and absent")
    func interfaces() throws {
        try check(InterfacesReply(interfaces: [interface]), #"{"interfaces":[\#(interfaceText)]}"#)
        #expect(JSONWriter.text(of: absent) == absentText)
    }

    @Test("Listeners")
    func listeners() throws {
        let listener = ListenerStatus(
            interface: "lan0", hostAddress: "fe80::2", groupAddress: "ff1e::1", hostFilterMode: .exclude, sources: [],
            expire: 260)
        try check(
            ListenersReply(listeners: [listener]),
            #"{"listeners":[{"interface":"lan0","host_address":"fe80::2","group_address":"ff1e::1","#
                + #""host_filter_mode":"exclude","sources":[],"expire":260}]}"#)
    }

    @Test("Routes count to 2⁶⁴−1")
    func routes() throws {
        try check(RoutesReply(routes: [route]), #"{"routes":[\#(routeText)]}"#)
    }

    @Test("Channels, and the same object watched")
    func channels() throws {
        try check(ChannelsReply(channels: [channel]), #"{"channels":[{\#(channelMembers)}]}"#)
        try check(
            WatchedChannel(channel: channel, sequence: 4, sendInterface: "lcsrc0"),
            #"{\#(channelMembers),"sequence":4,"send_interface":"lcsrc0"}"#)
        try check(
            WatchedChannel(channel: channel, sequence: 0, sendInterface: nil),
            #"{\#(channelMembers),"sequence":0,"send_interface":null}"#)
    }

    @Test("An agent of an earlier release tells no hold time")
    func earlierAgent() throws {
        let members = channelMembers.split(separator: #""hold_time":0.5,"#).joined()
        let watched = try read(WatchedChannel.self, #"{\#(members),"sequence":4,"send_interface":"lcsrc0"}"#)
        #expect(watched.channel.holdTime == nil)
        #expect(watched.channel.state == .sending && watched.sequence == 4)
    }

    @Test("Status")
    func status() throws {
        let status = RouterStatus(
            version: "0.1.0", upTime: 3, control: "/run/lcroute/control", capture: .raw, forwarding: true,
            interfacesCount: 2,
            groupsCount: 1, hostsCount: 1, routesCount: 1, channelsCount: 1, sendingCount: 0)
        try check(
            status,
            #"{"version":"0.1.0","up_time":3,"control":"/run/lcroute/control","capture":"raw","forwarding":true,"#
                + #""interfaces_count":2,"groups_count":1,"hosts_count":1,"routes_count":1,"channels_count":1,"sending_count":0}"#
        )
    }

    @Test("Statistics")
    func statistics() throws {
        let statistics = InterfaceStatistics(
            interface: "lan0", received: MessageCounts(query: 1, report: 2, reportV1: 3, done: 4),
            sent: MessageCounts(query: 5),
            error: ErrorCounts(
                checksum: 1, tooShort: 2, tooLong: 20, fragment: 21, hopLimit: 3, sourceAddress: 4, routerAlert: 5,
                unknownType: 6, malformed: 7, limit: 8, denied: 9, noSource: 22, dropped: 23),
            limit: LimitCounts(
                maxGroups: 11, maxGroupSources: 12, maxHosts: 13, maxGroupsPerHost: 14, reportsPerSecond: 15,
                reportsPerSecondPerHost: 16, queriesPerSecond: 18, specificQueriesPerSecond: 17,
                confirmingQueriesPerSecond: 19))
        try check(
            StatisticsReply(interfaces: [statistics]),
            #"{"interfaces":[{"interface":"lan0","received":{"query":1,"report":2,"report_v1":3,"done":4},"#
                + #""sent":{"query":5,"report":0,"report_v1":0,"done":0},"error":{"checksum":1,"too_short":2,"too_long":20,"fragment":21,"hop_limit":3,"#
                + #""source_address":4,"router_alert":5,"unknown_type":6,"malformed":7,"limit":8,"denied":9,"no_source":22,"dropped":23},"#
                + #""limit":{"max_groups":11,"max_group_sources":12,"max_hosts":13,"max_groups_per_host":14,"reports_per_second":15,"#
                + #""reports_per_second_per_host":16,"queries_per_second":18,"specific_queries_per_second":17,"confirming_queries_per_second":19}}]}"#
        )
    }

    @Test("An event is flat and has only what belongs to it")
    func events() throws {
        try check(
            RouterEvent(
                sequence: 2, time: 1_790_000_000.123, event: .groupAdded, interface: "lan0", groupAddress: "ff1e::1",
                hostAddress: "fe80::2", filterMode: .exclude),
            #"{"sequence":2,"time":1790000000.123,"event":"group-added","interface":"lan0","group_address":"ff1e::1","#
                + #""host_address":"fe80::2","filter_mode":"exclude"}"#)
        try check(
            RouterEvent(
                sequence: 3, time: 1, event: .channelFailed, channel: "firmware", state: "failed",
                message: "no such file"),
            #"{"sequence":3,"time":1,"event":"channel-failed","channel":"firmware","state":"failed","message":"no such file"}"#
        )
        try check(
            RouterEvent.snapshot(
                sequence: 1, time: 1, interfaces: [interface], groups: [group], routes: [route], channels: []),
            #"{"sequence":1,"time":1,"event":"snapshot","interfaces":[\#(interfaceText)],"groups":[\#(groupText)],"#
                + #""routes":[\#(routeText)],"channels":[]}"#)
    }

    @Test("An event that is written once for all subscribers reads as if it were written for each")
    func sharedEvents() throws {
        var event = RouterEvent(
            time: 1_790_000_000.123, event: .routeChanged, sourceAddress: "2001:db8::1", outgoingInterfaces: ["lan0"],
            message: "a \"quoted\" word")
        let text = RouterEventText(event)
        for sequence in [1, 2, UInt64.max] {
            event.sequence = sequence
            #expect(JSONWriter.text(of: text.numbered(sequence)) == JSONWriter.text(of: event))
        }
    }

    @Test("A missing key reads as null, and an unknown one is ignored")
    func tolerance() throws {
        let host = try read(
            HostStatus.self, #"{"host_address":"fe80::2","host_filter_mode":"include","colour":"blue"}"#)
        #expect(host == HostStatus(hostAddress: "fe80::2", hostFilterMode: .include, expire: nil))
    }

    @Test("Parameters are optional where the interface says so; a misspelt one is refused")
    func parameters() throws {
        #expect(try read(GroupSelection.self, "{}") == GroupSelection())
        #expect(
            try read(GroupSelection.self, #"{"interface":null,"group_address":"ff1e::1"}"#).groupAddress == "ff1e::1")
        #expect(throws: DecodingError.self) { try read(GroupSelection.self, #"{"group":"ff1e::1"}"#) }
        #expect(throws: DecodingError.self) { try read(ChannelSelection.self, "{}") }
        #expect(try read(ClearSelection.self, #"{"all":true}"#).all)
        #expect(try read(ClearSelection.self, #"{"interface":"lan0","all":false}"#).interface == "lan0")
        for neitherOrBoth in [
            "{}", #"{"all":false}"#, #"{"all":null,"interface":null}"#, #"{"all":true,"group_address":"ff1e::1"}"#,
        ] {
            #expect(throws: DecodingError.self) { try read(ClearSelection.self, neitherOrBoth) }
        }
        #expect(throws: DecodingError.self) { try read(NoParameters.self, #"{"x":1}"#) }
        #expect(JSONWriter.text(of: ChannelSelection(groupAddress: "ff1e::1")) == #"{"group_address":"ff1e::1"}"#)
        #expect(JSONWriter.text(of: GroupSelection()) == "{}")
    }

    @Test(
        "Errors keep their parameters on the way",
        arguments: [
            (RouterError.notPermitted, "{}"), (.noSuchInterface("x"), #"{"interface":"x"}"#),
            (.noSuchGroup("ff1e::1"), #"{"group_address":"ff1e::1"}"#), (.invalidAddress("y"), #"{"address":"y"}"#),
            (.subscriberTooSlow, "{}"), (.reloadFailed("a:1:2: b"), #"{"message":"a:1:2: b"}"#),
            (.tooManyConnections, "{}"),
        ])
    func errors(error: RouterError, text: String) throws {
        #expect(JSONWriter.text(of: error) == text)
        let parameters = try read(RouterError.Parameters.self, text)
        #expect(RouterError(qualifiedName: error.qualifiedName, parameters: parameters) == error)
        let name = try #require(error.qualifiedName.split(separator: ".").last)
        #expect(RouterInterface.description.contains("\nerror \(name) ("))
    }

    @Test("The interface description names every method and closes every bracket")
    func description() {
        let text = RouterInterface.description
        for method in RouterMethod.allCases {
            #expect(text.contains("\nmethod \(method.rawValue)("))
            #expect(RouterMethod(qualifiedName: method.qualifiedName) == method)
        }
        #expect(text.split(separator: "\nmethod ").count == RouterMethod.allCases.count + 1)
        #expect(text.filter { $0 == "(" }.count == text.filter { $0 == ")" }.count)
        #expect(RouterMethod(qualifiedName: "io.lcroute.Router.Nonsense") == nil)
        #expect(RouterMethod(qualifiedName: "GetStatus") == nil)
    }
}
