import ArgumentParser
import Channels
import Forwarding
import Glibc
import LinuxNetwork
import MLD
import RouterAgent
import RouterConfiguration

extension LCRouted {
    /// The agent's configuration from arguments and file together: arguments add interfaces and override the rest.
    ///
    /// - Returns: also what the file says that will not work on this machine as it is.
    func settled() throws -> (AgentConfiguration, warnings: [ConfigurationError]) {
        let file = try config.map { path in
            do throws(ConfigurationErrors) {
                return try RouterConfiguration(file: path, isAlone: self.interfaces.isEmpty && !all)
            } catch { throw Failure(configuration: error) }
        }
        let senderLink = (file ?? RouterConfiguration()).senderLink
        var interfaces = (file?.interfaces ?? []).map { AgentConfiguration.Interface($0) }
        for name in self.interfaces {
            try requireName(name, senderLink: senderLink)
            guard !interfaces.contains(where: { $0.name == name }) else {
                throw Failure(usage: "\(name): named twice")
            }
            interfaces.append(AgentConfiguration.Interface(name: name, role: .downstream))
        }
        if let upstream {
            try requireName(upstream, senderLink: senderLink)
            guard !interfaces.contains(where: { $0.name == upstream }) else {
                throw Failure(usage: "\(upstream): an interface is either upstream or downstream")
            }
            guard !interfaces.contains(where: { $0.role == .upstream }) else {
                throw Failure(usage: "--upstream: the configuration file names one already, and there can be only one")
            }
            interfaces.append(AgentConfiguration.Interface(name: upstream, role: .upstream))
        }
        guard all || interfaces.contains(where: { $0.role == .downstream }) else {
            throw Failure(usage: "name the downstream interfaces, or say --all. \(Self.candidates())")
        }
        guard interfaces.count <= RouterConfiguration.capacity(senderLink: senderLink) else {
            throw Failure(
                usage: "\(interfaces.count) interfaces: the kernel's multicast table holds 32"
                    + (senderLink == nil ? "" : ", one of them for the sender's link (sender-link: none frees it)"))
        }
        let path = control ?? file?.control.path ?? environmentPath
        let configuration = AgentConfiguration(
            interfaces: interfaces, serveAll: all ? MLDConfiguration() : nil,
            channels: (file?.channels ?? []).map { ChannelConfiguration($0) }, senderLink: senderLink,
            control: AgentConfiguration.ControlSocket(
                path: path ?? "/run/lcroute/control", mode: file?.control.mode ?? 0o660, group: file?.control.group),
            capture: capture)
        return (configuration, file?.warnings ?? [])
    }

    /// An empty variable is none.
    private var environmentPath: String? {
        getenv("LCROUTE_CONTROL").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Refuses what cannot name an interface to serve.
    private func requireName(_ name: String, senderLink: String?) throws(Failure) {
        guard InterfaceSettings.isName(name) else { throw Failure(usage: "\(name): not the name of an interface") }
        if let senderLink, [senderLink + "0", senderLink + "1"].contains(name) {
            throw Failure(usage: "\(name): an end of the sender's link, which the agent makes; leave it out")
        }
        if let proper = Machine.this.properName(name) {
            throw Failure(usage: "\(name): another name of \(proper): write \(proper)")
        }
    }

    /// What could be named, for whoever named nothing.
    private static func candidates() -> String {
        guard let monitor = try? LinkMonitor() else { return "" }
        let names = monitor.links.filter(\.canBeServed).map(\.name).sorted()
        return names.isEmpty
            ? "No interface here is up and multicast-capable." : "Candidates: \(names.joined(separator: " "))"
    }
}

extension AgentConfiguration {
    /// What `--check` says.
    var summary: String {
        let count = { (role: Role) in interfaces.filter { $0.role == role }.map(\.name).joined(separator: " ") }
        let named = count(.downstream)
        let others =
            serveAll == nil ? "" : named.isEmpty ? "all that can be served" : " and all others that can be served"
        var lines = ["downstream: \(named)\(others)"]
        let strangers = interfaces.filter(\.isForStrangers).map(\.name)
        if !strangers.isEmpty { lines.append("untrusted hosts: \(strangers.joined(separator: " "))") }
        if !count(.upstream).isEmpty { lines.append("upstream: \(count(.upstream))") }
        lines.append("channels: \(channels.isEmpty ? "none" : channels.map(\.name).joined(separator: " "))")
        lines.append("sender link: \(senderLink.map { "\($0)0, \($0)1" } ?? "none")")
        lines.append("control: \(control.path)")
        return lines.joined(separator: "\n")
    }
}

extension AgentConfiguration.Interface {
    init(_ configured: InterfaceSettings) {
        self.init(
            name: configured.name, role: configured.role == .upstream ? .upstream : .downstream,
            mld: MLDConfiguration(configured), scopeBoundary: configured.scopeBoundary?.scope,
            forwardsAsNonQuerier: configured.forwardAsNonQuerier, isForStrangers: configured.hosts == .untrusted,
            sourceCheck: SourceCheck(configured.sourceCheck))
    }
}

extension SourceCheck {
    init(_ configured: InterfaceSettings.SourceCheck) {
        self =
            switch configured {
            case .strict: .strict
            case .own: .own
            case .off: .off
            }
    }
}

extension ChannelConfiguration {
    init(_ configured: ChannelSettings) {
        self.init(
            name: configured.name, group: configured.group, source: configured.source, holdTime: configured.holdTime,
            minimumRunTime: configured.minimumRunTime, command: configured.command, stopTimeout: configured.stopTimeout)
    }
}

extension MLDConfiguration {
    init(_ interface: InterfaceSettings) {
        self.init()
        let settings = interface.mld
        let limits = interface.limits
        version = settings.version == 1 ? .mldv1 : .mldv2
        querierGuard = settings.querierGuard
        groupFilter = GroupFilter(allowed: interface.groups.allow, denied: interface.groups.deny)
        lastListenerQueryCount = settings.lastMemberQueryCount
        startupQueryInterval = settings.startupQueryInterval
        startupQueryCount = settings.startupQueryCount
        robustnessVariable = settings.robustnessVariable
        queryInterval = settings.queryInterval
        queryResponseInterval = settings.queryMaxResponseTime
        lastListenerQueryInterval = settings.lastMemberQueryInterval
        immediateLeave = settings.immediateLeave
        requireRouterAlert = settings.requireRouterAlert
        listeningInterval = settings.listeningInterval == .rfc3810 ? .rfc3810 : .rfc9777
        olderHostCompatibility = settings.olderHostCompatibility
        maximumGroups = limits.maxGroups
        maximumGroupSources = limits.maxGroupSources
        maximumHosts = limits.maxHosts
        maximumGroupsPerHost = limits.maxGroupsPerHost
        reportsPerSecond = limits.reportsPerSecond
        reportsPerSecondPerHost = limits.reportsPerSecondPerHost
        queriesPerSecond = limits.queriesPerSecond
        specificQueriesPerSecond = limits.specificQueriesPerSecond
        confirmingQueriesPerSecond = limits.confirmingQueriesPerSecond
    }
}
