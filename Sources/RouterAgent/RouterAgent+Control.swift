import Channels
import Glibc
import IPv6
import LinuxNetwork
import Logging
import MLD
import RouterControl
import Timing
import Varlink

/// The control socket: io.lcroute.Router.
extension RouterAgent {
    func openControlSocket() throws {
        let control = configuration.control
        let service = VarlinkServiceInfo(
            vendor: "lcroute", product: "lcrouted", version: version, url: "https://lcroute.io",
            interfaces: [RouterInterface.name: RouterInterface.description])
        server = try VarlinkServer(
            path: control.path, mode: mode_t(control.mode), group: control.group, service: service,
            refusal: RouterError.tooManyConnections.qualifiedName, on: loop
        ) { [unowned self] call in answer(call) }
        leftovers.note(socket: server?.file)
        server?.onIncident = { [unowned self] incident, peer in
            logLimited(.client, "\(incident)", metadata: ["pid": "\(peer.pid)"])
        }
    }

    private func answer(_ call: VarlinkCall) {
        guard let method = RouterMethod(qualifiedName: call.method) else {
            call.fail(VarlinkServiceError.methodNotFound(call.method))
            return
        }
        do {
            // Here, where nothing has been noted yet of a stream that cannot be.
            if method.streams && !call.more { throw VarlinkServiceError.expectedMore }
            if method.changes && !call.peer.isRoot(orMemberOf: server?.group) { throw RouterError.notPermitted }
            // A misspelt selection must not be answered with everything.
            if !method.hasParameters { _ = try call.parameters(as: NoParameters.self) }
            try answer(method, call)
        } catch let error as RouterError {
            call.fail(error.qualifiedName, parameters: error)
        } catch let error as VarlinkServiceError {
            call.fail(error)
        } catch {
            call.fail(VarlinkServiceError.invalidParameter("\(error)"))
        }
    }

    private func answer(_ method: RouterMethod, _ call: VarlinkCall) throws {
        switch method {
        case .getStatus: call.reply(routerStatus())
        case .listInterfaces: call.reply(InterfacesReply(interfaces: interfaceStatuses()))
        case .listGroups:
            let wanted = try call.parameters(as: GroupSelection.self)
            let selection = try selection(interface: wanted.interface, group: wanted.groupAddress)
            Task { answer(call, "groups", await groupList(for: call, on: selection.links, group: selection.group)) }
        case .listListeners: Task { answer(call, "listeners", await listenerList(for: call)) }
        case .listRoutes: Task { answer(call, "routes", await routeList(for: call)) }
        case .listChannels: call.reply(ChannelsReply(channels: channelStatuses()))
        case .getStatistics: call.reply(StatisticsReply(interfaces: interfaceStatistics()))
        case .clearGroups:
            let wanted = try call.parameters(as: ClearSelection.self)
            let selection = try selection(interface: wanted.interface, group: wanted.groupAddress)
            try clear(group: selection.group, on: selection.links)
            call.reply(NoParameters())
        case .reload: throw RouterError.reloadFailed("not available in this version: restart the agent")
        case .monitor: subscribe(call)
        case .watchChannel: try watchChannel(call)
        }
    }

    /// What is meant; nil means all.
    private func selection(interface name: String?, group text: String?) throws -> (
        links: [RouterLink], group: IPv6Address?
    ) {
        var group: IPv6Address?
        if let text {
            guard let address = IPv6Address(text), address.isMulticast else { throw RouterError.invalidAddress(text) }
            group = address
        }
        guard let name else { return (links, group) }
        guard let link = link(named: name) else { throw RouterError.noSuchInterface(name) }
        return ([link], group)
    }

    /// Forgets membership, as an administrator may ask; listeners come back with the next query.
    private func clear(group: IPv6Address?, on links: [RouterLink]) throws {
        if let group, !links.contains(where: { $0.mld?.group(group) != nil }) {
            throw RouterError.noSuchGroup("\(group)")
        }
        let now = Instant.now
        for link in links {
            link.mld?.clear(group: group, at: now, into: &mldActions)
            performMLDActions(of: link, receivedAt: now)
        }
        armTimer()
    }

    private func watchChannel(_ call: VarlinkCall) throws {
        let selection = try call.parameters(as: ChannelSelection.self)
        guard let group = IPv6Address(selection.groupAddress), let scope = group.multicastScope, scope > .linkLocal
        else {
            throw RouterError.invalidAddress(selection.groupAddress)
        }
        var source: IPv6Address?
        if let text = selection.sourceAddress {
            guard let address = IPv6Address(text), !address.isMulticast, !address.isUnspecified else {
                throw RouterError.invalidAddress(text)
            }
            source = address
        }
        guard let channel = channels.watch(group: group, source: source) else {
            throw VarlinkServiceError.invalidParameter(
                "group_address: \(channels.maximumWatched) channels are watched already")
        }
        logLimited(
            .watcher, level: .info, "a sender watches a channel",
            metadata: ["group": "\(group)", "source": "\(source.map { "\($0)" } ?? "any")", "pid": "\(call.peer.pid)"])
        watch(channel, by: call)
    }
}
