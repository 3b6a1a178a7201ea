/// The Varlink interface of the agent.
public enum RouterInterface {
    public static let name = "io.lcroute.Router"

    /// Of this release of lcroute.
    public static let version = "0.1.0"

    /// Where the control socket is when neither the command line nor `LCROUTE_CONTROL` says otherwise.
    public static let defaultPath = "/run/lcroute/control"

    /// What `org.varlink.service.GetInterfaceDescription` answers.
    public static let description = """
        # IPv6 multicast router: MLD querier, forwarding, channels.
        # Times are seconds; null where no timer runs. Addresses are in the form of RFC 5952.
        interface io.lcroute.Router

        type Querier (address: ?string, self: bool, expire: ?float)

        # reason: why the interface is not served, or nothing is forwarded onto it, in words for people; null where all is well
        type Interface (
          interface: string,
          index: ?int,
          role: (downstream, upstream, source),
          oper_status: (up, down, absent),
          reason: ?string,
          address: ?string,
          querier: Querier,
          version: int,
          query_interval: float,
          query_max_response_time: float,
          last_member_query_interval: float,
          robustness_variable: int,
          configured_query_interval: float,
          configured_robustness_variable: int,
          groups_count: int,
          hosts_count: int,
          mtu: ?int,
          source_check: (strict, own, off),
          sources_refused: int
        )

        type FilterMode (include, exclude)

        type Source (source_address: string, expire: ?float, up_time: float, state: (forward, block))

        type Host (host_address: string, host_filter_mode: FilterMode, expire: ?float)

        type Group (
          interface: string,
          group_address: string,
          filter_mode: FilterMode,
          compatibility: (mldv1, mldv2),
          up_time: float,
          expire: ?float,
          last_reporter: ?string,
          sources: []Source,
          hosts: []Host
        )

        type Listener (
          interface: string,
          host_address: string,
          group_address: string,
          host_filter_mode: FilterMode,
          sources: []string,
          expire: ?float
        )

        # source_address is "::" for a (*,G) route
        type Route (
          source_address: string,
          group_address: string,
          incoming_interface: string,
          outgoing_interfaces: []string,
          state: (forward, drop),
          packets: int,
          bytes: int,
          wrong_interface: int,
          up_time: float
        )

        type ChannelState (idle, starting, sending, holding, failed)

        # last_start and last_stop are seconds since 1970 UTC
        type Channel (
          name: string,
          group_address: string,
          source_address: ?string,
          state: ChannelState,
          hold_time: float,
          interfaces: []string,
          listeners: int,
          watchers: int,
          starts: int,
          last_start: ?float,
          last_stop: ?float,
          last_trigger_latency: ?float,
          command: []string,
          pid: ?int,
          last_error: ?string
        )

        type Messages (query: int, report: int, report_v1: int, done: int)

        type Errors (
          checksum: int,
          too_short: int,
          too_long: int,
          fragment: int,
          hop_limit: int,
          source_address: int,
          router_alert: int,
          unknown_type: int,
          malformed: int,
          limit: int,
          denied: int,
          no_source: int,
          dropped: int
        )

        type Limits (
          max_groups: int,
          max_group_sources: int,
          max_hosts: int,
          max_groups_per_host: int,
          reports_per_second: int,
          reports_per_second_per_host: int,
          queries_per_second: int,
          specific_queries_per_second: int,
          confirming_queries_per_second: int
        )

        type Statistics (interface: string, received: Messages, sent: Messages, error: Errors, limit: Limits)

        method GetStatus() -> (
          version: string,
          up_time: float,
          control: string,
          capture: (raw, pcap),
          forwarding: bool,
          interfaces_count: int,
          groups_count: int,
          hosts_count: int,
          routes_count: int,
          channels_count: int,
          sending_count: int
        )

        method ListInterfaces() -> (interfaces: []Interface)

        method ListGroups(interface: ?string, group_address: ?string) -> (groups: []Group)

        method ListListeners() -> (listeners: []Listener)

        method ListRoutes() -> (routes: []Route)

        method ListChannels() -> (channels: []Channel)

        method GetStatistics() -> (interfaces: []Statistics)

        # Forgets groups, selected by interface, address or both, or with all: true every one; neither is
        # InvalidParameter. Needs root or the configured group.
        method ClearGroups(interface: ?string, group_address: ?string, all: ?bool) -> ()

        # Reads the configuration again; needs root or the configured group.
        method Reload() -> ()

        # Call with "more". First event "snapshot", then changes; sequence counts without gaps.
        method Monitor() -> (
          sequence: int,
          time: float,
          event: string,
          interface: ?string,
          group_address: ?string,
          source_address: ?string,
          host_address: ?string,
          filter_mode: ?FilterMode,
          querier: ?Querier,
          incoming_interface: ?string,
          outgoing_interfaces: ?[]string,
          channel: ?string,
          state: ?string,
          trigger_latency: ?float,
          limit: ?string,
          message: ?string,
          interfaces: ?[]Interface,
          groups: ?[]Group,
          routes: ?[]Route,
          channels: ?[]Channel
        )

        # Call with "more". The channel as it is, then at each change; send on send_interface while state is sending or
        # holding. A group that no channel is configured for gets one for as long as it is watched.
        method WatchChannel(group_address: string, source_address: ?string) -> (
          name: string,
          group_address: string,
          source_address: ?string,
          state: ChannelState,
          hold_time: float,
          interfaces: []string,
          listeners: int,
          watchers: int,
          starts: int,
          last_start: ?float,
          last_stop: ?float,
          last_trigger_latency: ?float,
          command: []string,
          pid: ?int,
          last_error: ?string,
          sequence: int,
          send_interface: ?string
        )

        error NotPermitted ()
        error NoSuchInterface (interface: string)
        error NoSuchGroup (group_address: string)
        error InvalidAddress (address: string)
        error SubscriberTooSlow ()
        error ReloadFailed (message: string)
        # Comes without having been asked for, and the connection is closed: try again later.
        error TooManyConnections ()

        """
}
