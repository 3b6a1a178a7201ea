import IPv6

// From the tree of the file to the values. Keys that a later version will know are told apart from those that are
// simply wrong.

extension RouterConfiguration {
    init(_ node: YAMLNode, file: String) throws(ConfigurationError) {
        self.init()
        let root = try Section(node, path: "", file: file)
        try root.allow(["interfaces", "channels", "sender-link", "control"], later: ["metrics"])
        try readSenderLink(root)
        if let section = try root.section("interfaces") { try readInterfaces(section) }
        if let section = try root.section("channels") { try readChannels(section) }
        if let section = try root.section("control") { control = try ControlSettings(section) }
    }

    private mutating func readSenderLink(_ root: Section) throws(ConfigurationError) {
        let allowed = "an interface name of 1 to 14 characters, to which a digit is added, or none"
        guard let name = try root.text("sender-link", allowed) else { return }
        guard isInterfaceName(name + "0") else { throw root.error("sender-link", "\(name) is not \(allowed)") }
        senderLink = name == "none" ? nil : name
    }

    private mutating func readInterfaces(_ section: Section) throws(ConfigurationError) {
        let room = Self.maximumInterfaces - (senderLink == nil ? 0 : 1)
        for entry in section.entries {
            guard isInterfaceName(entry.name) else {
                throw section.error(
                    entry.name, at: entry.mark, "not an interface name: 1 to 15 characters, no space, slash or colon")
            }
            if let senderLink, [senderLink + "0", senderLink + "1"].contains(entry.name) {
                throw section.error(
                    entry.name, at: entry.mark, "an end of the sender's link, which the agent makes; leave it out")
            }
            guard interfaces.count < room else {
                let share = senderLink == nil ? "" : ", of which the sender's link takes one"
                throw section.error(
                    entry.name, at: entry.mark,
                    "one interface too many: the kernel forwards between \(Self.maximumInterfaces)\(share)")
            }
            let section = try Section(entry.value, path: section.name(of: entry.name), file: section.file)
            let interface = try InterfaceSettings(entry.name, section, at: entry.mark)
            if interface.role == .upstream, let other = interfaces.first(where: { $0.role == .upstream }) {
                throw section.error("role", "\(other.name) is upstream already; only one interface can be")
            }
            interfaces.append(interface)
        }
    }

    private mutating func readChannels(_ section: Section) throws(ConfigurationError) {
        for entry in section.entries {
            guard (1...64).contains(entry.name.utf8.count), entry.name.utf8.allSatisfy(isNameCharacter) else {
                throw section.error(
                    entry.name, at: entry.mark,
                    "not a channel name: 1 to 64 letters, digits, dots, hyphens and underscores")
            }
            let section = try Section(entry.value, path: section.name(of: entry.name), file: section.file)
            let channel = try ChannelSettings(entry.name, section, at: entry.mark)
            if let other = channels.first(where: { $0.group == channel.group && $0.source == channel.source }) {
                throw section.error("group", "\(other.name) has this group and source already")
            }
            channels.append(channel)
        }
    }
}

extension InterfaceSettings {
    init(_ name: String, _ section: Section, at mark: Mark) throws(ConfigurationError) {
        try section.allow(
            ["role", "hosts", "mld", "limits", "groups", "scope-boundary", "forward-as-non-querier", "source-check"],
            later: ["static-groups"])
        guard let role = try section.choice("role", of: Role.self) else {
            throw section.error("role", at: mark, "missing; downstream or upstream")
        }
        // Before all others: what they say holds, wherever it stands.
        self.init(name: name, role: role, hosts: try section.choice("hosts", of: Hosts.self) ?? .trusted)
        if let section = try section.section("mld") { try mld.read(section) }
        if let section = try section.section("limits") { try limits.read(section) }
        if let section = try section.section("groups") { groups = try GroupSettings(section) }
        let names = ScopeBoundary.allCases.map(\.rawValue)
        let scopes = try section.list("scope-boundary", "one of \(names.joined(separator: ", "))", ScopeBoundary.init)
        scopeBoundary = scopes?.max { $0.scope < $1.scope }
        forwardAsNonQuerier = try section.flag("forward-as-non-querier") ?? forwardAsNonQuerier
        sourceCheck = try section.choice("source-check", of: SourceCheck.self) ?? sourceCheck
    }
}

extension GroupSettings {
    init(_ section: Section) throws(ConfigurationError) {
        self.init()
        try section.allow(["allow", "deny"])
        func prefixes(_ key: String) throws(ConfigurationError) -> [IPv6Prefix]? {
            try section.list(key, "a multicast prefix such as ff3e::/32, with no bits beyond its length") { text in
                IPv6Prefix(text).flatMap { $0.length >= 8 && $0.address.isMulticast ? $0 : nil }
            }
        }
        allow = try prefixes("allow") ?? allow
        deny = try prefixes("deny") ?? deny
    }
}

extension MLDSettings {
    fileprivate mutating func read(_ section: Section) throws(ConfigurationError) {
        try section.allow(
            [
                "version", "query-interval", "query-max-response-time", "last-member-query-interval",
                "last-member-query-count", "startup-query-interval", "startup-query-count", "robustness-variable",
                "immediate-leave", "require-router-alert", "listening-interval", "older-host-compatibility",
                "querier-guard",
            ])
        version = try section.integer("version", in: 1...2) ?? version
        // The largest values that the messages can carry (RFC 9777 §5.1.3, §5.1.9).
        let responseTimes: ClosedRange<Duration> = .milliseconds(1)...(.milliseconds(8_387_584))
        queryInterval = try section.duration("query-interval", in: .seconds(1)...(.seconds(31744))) ?? queryInterval
        queryMaxResponseTime =
            try section.duration("query-max-response-time", in: responseTimes) ?? queryMaxResponseTime
        lastMemberQueryInterval =
            try section.duration("last-member-query-interval", in: responseTimes) ?? lastMemberQueryInterval
        lastMemberQueryCount = try section.integer("last-member-query-count", in: 1...255)
        startupQueryInterval = try section.duration("startup-query-interval", in: responseTimes)
        startupQueryCount = try section.integer("startup-query-count", in: 1...255)
        try readQuerierGuard(section)
        robustnessVariable = try section.integer("robustness-variable", in: 1...255) ?? robustnessVariable
        immediateLeave = try section.flag("immediate-leave") ?? immediateLeave
        requireRouterAlert = try section.flag("require-router-alert") ?? requireRouterAlert
        listeningInterval = try section.choice("listening-interval", of: ListeningInterval.self) ?? listeningInterval
        olderHostCompatibility = try section.flag("older-host-compatibility") ?? olderHostCompatibility
        if queryMaxResponseTime >= queryInterval {
            let key = section["query-max-response-time"] != nil ? "query-max-response-time" : "query-interval"
            throw section.error(
                key,
                "query-max-response-time (\(queryMaxResponseTime.text)) must be less than query-interval (\(queryInterval.text))"
            )
        }
    }

    private mutating func readQuerierGuard(_ section: Section) throws(ConfigurationError) {
        let key = "querier-guard"
        let entries = try section.list(
            key, "a link-local address of a router, such as fe80::1, nor self",
            plural: "link-local addresses of routers, such as [fe80::1], or [self] for none"
        ) { text -> IPv6Address?? in
            if text == "self" { return .some(nil) }
            guard let address = IPv6Address(text), address.isLinkLocal else { return nil }
            return .some(address)
        }
        guard let entries else { return }
        let routers = entries.compactMap { $0 }
        guard routers.isEmpty || routers.count == entries.count else {
            throw section.error(key, "self means that no other router is believed, so it stands alone: [self]")
        }
        querierGuard = entries.isEmpty ? nil : routers
    }
}

extension InterfaceLimits {
    fileprivate mutating func read(_ section: Section) throws(ConfigurationError) {
        try section.allow([
            "max-groups", "max-group-sources", "max-hosts", "max-groups-per-host", "reports-per-second",
            "reports-per-second-per-host", "queries-per-second", "specific-queries-per-second",
            "confirming-queries-per-second",
        ])
        maxGroups = try section.integer("max-groups", in: 1...10_000_000) ?? maxGroups
        maxGroupSources = try section.integer("max-group-sources", in: 1...65535) ?? maxGroupSources
        maxHosts = try section.integer("max-hosts", in: 1...10_000_000) ?? maxHosts
        maxGroupsPerHost = try section.integer("max-groups-per-host", in: 1...10_000_000) ?? maxGroupsPerHost
        reportsPerSecond = try section.integer("reports-per-second", in: 1...10_000_000) ?? reportsPerSecond
        reportsPerSecondPerHost =
            try section.integer("reports-per-second-per-host", in: 1...10_000_000) ?? reportsPerSecondPerHost
        queriesPerSecond = try section.integer("queries-per-second", in: 1...10_000_000) ?? queriesPerSecond
        specificQueriesPerSecond =
            try section.integer("specific-queries-per-second", in: 1...10_000_000) ?? specificQueriesPerSecond
        confirmingQueriesPerSecond =
            try section.integer("confirming-queries-per-second", in: 0...10_000_000) ?? confirmingQueriesPerSecond
    }
}

extension ChannelSettings {
    init(_ name: String, _ section: Section, at mark: Mark) throws(ConfigurationError) {
        try section.allow(["group", "source", "hold-time", "minimum-run-time", "command", "stop-timeout"])
        let groups = "a multicast address of a scope wider than the link, such as ff3e::8000:1"
        let group = try section.address("group", groups) { $0.multicastScope.map { $0 > .linkLocal } ?? false }
        guard let group else { throw section.error("group", at: mark, "missing; \(groups)") }
        let source = try section.address("source", "a unicast address that routers forward, such as 2001:db8::1") {
            !$0.isMulticast && !$0.isUnspecified && !$0.isLoopback && !$0.isLinkLocal
        }
        self.init(name: name, group: group, source: source)
        holdTime = try section.duration("hold-time", in: .zero...(.seconds(86400))) ?? holdTime
        minimumRunTime = try section.duration("minimum-run-time", in: .zero...(.seconds(86400))) ?? minimumRunTime
        command = try section.arguments("command")
        stopTimeout = try section.duration("stop-timeout", in: .zero...(.seconds(3600))) ?? stopTimeout
    }
}

extension ControlSettings {
    init(_ section: Section) throws(ConfigurationError) {
        self.init()
        try section.allow(["path", "mode", "group"])
        path = try section.text("path", "an absolute path")
        if let path, !path.hasPrefix("/") || path.utf8.count > 107 {
            throw section.error("path", "\(path) is not an absolute path of at most 107 octets")
        }
        let modes = "permissions in octal, such as \"0660\""
        if let text = try section.text("mode", modes) {
            let isOctal = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
            guard (3...4).contains(text.utf8.count), isOctal, let value = UInt32(text, radix: 8), value <= 0o777 else {
                throw section.error("mode", "\(text) is not \(modes)")
            }
            mode = value
        }
        group = try section.text("group", "the name of a group")
    }
}

/// What the kernel takes (dev_valid_name in net/core/dev.c).
private func isInterfaceName(_ name: String) -> Bool {
    let octets = Array(name.utf8)
    let excluded: [UInt8] = [0, 0x20, 0xa0, UInt8(ascii: "/"), UInt8(ascii: ":")]
    return (1...15).contains(octets.count) && name != "." && name != ".."
        && !octets.contains { excluded.contains($0) || (0x09...0x0d).contains($0) }
}

private func isNameCharacter(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}
