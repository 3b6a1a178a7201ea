import Channels
import Forwarding
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import MembershipObjects
import RouterControl
import Timing

/// What the control socket answers: the state of the machines as the objects of `RouterControl`.
extension RouterAgent {
    func routerStatus() -> RouterStatus {
        RouterStatus(
            version: version, upTime: (Instant.now - startedAt).inSeconds, control: configuration.control.path,
            capture: configuration.capture == .raw ? .raw : .pcap,
            forwarding: (try? MulticastForwarding.isActive) ?? false,
            interfacesCount: links.count, groupsCount: links.reduce(0) { $0 + ($1.mld?.groupCount ?? 0) },
            hostsCount: links.reduce(0) { $0 + ($1.mld?.hostCount ?? 0) }, routesCount: forwarding.count,
            channelsCount: channels.count,
            sendingCount: channels.ids.count { [.sending, .holding].contains(channels[$0]?.state) })
    }

    func interfaceStatuses() -> [InterfaceStatus] {
        let now = Instant.now
        return links.sorted { $0.name < $1.name }.map { link in
            let querier = link.querier
            let mld = link.mld?.operatingConfiguration ?? link.settings
            return InterfaceStatus(
                interface: link.name, index: link.index == 0 ? nil : Int(link.index), role: link.role,
                operStatus: link.index == 0 ? .absent : link.isUp ? .up : .down,
                reason: reason(of: link),
                address: link.address.map { "\($0)" },
                querier: QuerierStatus(
                    address: querier.flatMap { $0.address.isUnspecified ? nil : "\($0.address)" },
                    isSelf: querier?.isSelf ?? false,
                    expire: seconds(until: querier?.expires, from: now)),
                version: mld.version == .mldv1 ? 1 : 2, queryInterval: mld.queryInterval.inSeconds,
                queryMaxResponseTime: mld.queryResponseInterval.inSeconds,
                lastMemberQueryInterval: mld.lastListenerQueryInterval.inSeconds,
                robustnessVariable: Int(mld.robustnessVariable),
                configuredQueryInterval: link.settings.queryInterval.inSeconds,
                configuredRobustnessVariable: link.settings.robustnessVariable, groupsCount: link.mld?.groupCount ?? 0,
                hostsCount: link.mld?.hostCount ?? 0, mtu: link.index == 0 ? nil : link.mtu,
                sourceCheck: InterfaceStatus.SourceCheck(link.sourceCheck),
                sourcesRefused: Int(clamping: link.sourcesRefused))
        }
    }

    /// Why nothing, or not all, is done for a link.
    private func reason(of link: RouterLink) -> String? {
        if let reason = link.outOfService { return reason.text(link.name) }
        guard link.role == .downstream, !link.forwardsOnto else { return nil }
        return "another router is the querier, and only it forwards onto the link"
    }

    func status(of route: ForwardingTable.Route, at now: Instant) -> RouteStatus {
        let counters = self.counters(of: route.flow) ?? RouteCounters()
        return RouteStatus(
            sourceAddress: "\(route.flow.source)", groupAddress: "\(route.flow.group)",
            incomingInterface: name(of: route.incoming), outgoingInterfaces: names(of: route.outgoing),
            state: route.outgoing.isEmpty ? .drop : .forward, packets: counters.packets, bytes: counters.bytes,
            wrongInterface: counters.wrongInterface, upTime: (now - route.since).inSeconds)
    }

    func channelStatuses() -> [ChannelStatus] { channels.ids.compactMap { status(of: $0) } }

    func status(of id: ChannelTable.ID) -> ChannelStatus? {
        guard let channel = channels[id] else { return nil }
        let wanted = channel.configuration
        let listeners = links.reduce(0) { count, link in
            guard let mif = link.mif, channel.interfaces.contains(mif), let mld = link.mld else { return count }
            return count + mld.listenerCount(group: wanted.group, source: wanted.source)
        }
        return ChannelStatus(
            name: wanted.name, groupAddress: "\(wanted.group)", sourceAddress: wanted.source.map { "\($0)" },
            state: ChannelStatus.State(channel.state), holdTime: wanted.holdTime.inSeconds,
            interfaces: names(of: channel.interfaces), listeners: listeners, watchers: channel.watchers,
            starts: channel.starts, lastStart: wallClock(channel.lastStart),
            lastStop: wallClock(channel.lastStop), lastTriggerLatency: triggerLatency[id]?.inSeconds,
            command: wanted.command ?? [], pid: commands[id].map { Int($0.pid) }, lastError: channel.lastError)
    }

    func interfaceStatistics() -> [InterfaceStatistics] {
        countDrops()
        return links.filter { $0.role == .downstream }.sorted { $0.name < $1.name }.map { link in
            InterfaceStatistics(link.mld?.statistics ?? MLDStatistics(), interface: link.name)
        }
    }

    private func wallClock(_ instant: Instant?) -> Double? {
        instant.map { startedAtWallClock + ($0 - startedAt).inSeconds }
    }
}

extension ChannelStatus.State {
    init(_ state: Channel.State) {
        self =
            switch state {
            case .idle: .idle
            case .starting: .starting
            case .sending: .sending
            case .holding: .holding
            case .failed: .failed
            }
    }
}

extension InterfaceStatus.SourceCheck {
    init(_ check: SourceCheck) {
        self =
            switch check {
            case .strict: .strict
            case .own: .own
            case .off: .off
            }
    }
}
