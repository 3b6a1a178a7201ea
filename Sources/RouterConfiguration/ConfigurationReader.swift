import IPv6

// From the tree of the file to the values. Keys that a later version will know are told apart from those that are
// simply wrong.

extension RouterConfiguration {
    init(_ node: YAMLNode, on machine: Machine?, isAlone: Bool, _ findings: Findings) {
        self.init()
        let root = Section(node, path: "", findings)
        root.allow(["interfaces", "channels", "sender-link", "control"], later: ["metrics"])
        readSenderLink(root)
        if let section = root.section("interfaces") { readInterfaces(section, on: machine) }
        if isAlone && interfaces.allSatisfy({ $0.role == .upstream }) {
            root.refuse(
                "interfaces", "no downstream interface; name one here, or to lcrouted as an argument, or give it --all")
        }
        if let section = root.section("channels") { readChannels(section, on: machine) }
        if let section = root.section("control") { control = ControlSettings(section, on: machine) }
    }

    private mutating func readSenderLink(_ root: Section) {
        let allowed = "an interface name of 1 to 14 characters, to which a digit is added, or none"
        let name = root.value("sender-link", allowed) { InterfaceSettings.isName($0 + "0") ? $0 : nil }
        if let name { senderLink = name == "none" ? nil : name }
    }

    private mutating func readInterfaces(_ section: Section, on machine: Machine?) {
        for entry in section.entries {
            if let reason = objection(toInterface: entry.name, on: machine) {
                section.refuse(entry.name, at: entry.mark, reason)
            }
            let section = Section(entry.value, path: section.name(of: entry.name), section.findings)
            let interface = InterfaceSettings(entry.name, section, at: entry.mark)
            if interface.role == .upstream, let other = interfaces.first(where: { $0.role == .upstream }) {
                section.refuse("role", "\(other.name) is upstream already; only one interface can be")
            }
            interfaces.append(interface)
        }
        let room = Self.capacity(senderLink: senderLink)
        guard section.entries.count > room else { return }
        let share = senderLink == nil ? "" : ", of which the sender's link takes one"
        let first = section.entries[room]
        section.refuse(
            first.name, at: first.mark,
            "one interface too many: the kernel forwards between \(Self.maximumInterfaces)\(share)")
    }

    /// Why an interface cannot have this name; nil if it can.
    private func objection(toInterface name: String, on machine: Machine?) -> String? {
        guard InterfaceSettings.isName(name) else {
            return "not an interface name: 1 to 15 characters, no space, slash or colon"
        }
        if isEndOfSenderLink(name) { return "an end of the sender's link, which the agent makes; leave it out" }
        return machine?.properName(name).map { "another name of \($0): write \($0)" }
    }

    private mutating func readChannels(_ section: Section, on machine: Machine?) {
        var known: [ChannelSettings] = []
        for entry in section.entries {
            let isName = (1...64).contains(entry.name.utf8.count) && entry.name.utf8.allSatisfy(isNameCharacter)
            if !isName {
                section.refuse(
                    entry.name, at: entry.mark,
                    "not a channel name: 1 to 64 letters, digits, dots, hyphens and underscores")
            }
            let section = Section(entry.value, path: section.name(of: entry.name), section.findings)
            guard let channel = ChannelSettings(entry.name, section, at: entry.mark, on: machine) else { continue }
            channels.append(channel)
            // A source that was refused is missing here, of which nothing should be said.
            guard channel.source != nil || !section.has("source") else { continue }
            if let other = known.first(where: { $0.group == channel.group && $0.source == channel.source }) {
                section.refuse("group", "\(other.name) has this group and source already")
            }
            known.append(channel)
        }
    }
}

extension InterfaceSettings {
    /// Where the role is missing or wrong, which is an error of the file, the rest is read all the same.
    init(_ name: String, _ section: Section, at mark: Mark) {
        section.allow(
            ["role", "hosts", "mld", "limits", "groups", "scope-boundary", "forward-as-non-querier", "source-check"],
            later: ["static-groups"])
        let role = section.choice("role", of: Role.self)
        if !section.has("role") { section.refuse("role", at: mark, "missing; downstream or upstream") }
        // `hosts` before all others: what they say holds, wherever it stands.
        self.init(
            name: name, role: role ?? .downstream, hosts: section.choice("hosts", of: Hosts.self) ?? .trusted)
        if let section = section.section("mld") { mld.read(section) }
        if let section = section.section("limits") { limits.read(section) }
        if let section = section.section("groups") { groups = GroupSettings(section) }
        let names = ScopeBoundary.allCases.map(\.rawValue).joined(separator: ", ")
        let scopes = section.list(
            "scope-boundary", of: "scopes: \(names)", each: "one of \(names)", ScopeBoundary.init)
        scopeBoundary = scopes?.max { $0.scope < $1.scope }
        forwardAsNonQuerier = section.flag("forward-as-non-querier") ?? forwardAsNonQuerier
        sourceCheck = section.choice("source-check", of: SourceCheck.self) ?? sourceCheck
    }
}

extension GroupSettings {
    init(_ section: Section) {
        self.init()
        section.allow(["allow", "deny"])
        func prefixes(_ key: String) -> [IPv6Prefix]? {
            section.list(
                key, of: "multicast prefixes, such as [ff3e::/32]",
                each: "a multicast prefix such as ff3e::/32, with no bits beyond its length"
            ) { text in
                IPv6Prefix(text).flatMap { $0.length >= 8 && $0.address.isMulticast ? $0 : nil }
            }
        }
        allow = prefixes("allow") ?? allow
        deny = prefixes("deny") ?? deny
    }
}

extension MLDSettings {
    fileprivate mutating func read(_ section: Section) {
        section.allow(
            [
                "version", "query-interval", "query-max-response-time", "last-member-query-interval",
                "last-member-query-count", "startup-query-interval", "startup-query-count", "robustness-variable",
                "immediate-leave", "require-router-alert", "listening-interval", "older-host-compatibility",
                "querier-guard",
            ])
        let before = section.findings.errors.count
        version = section.integer("version", in: 1...2) ?? version
        // The largest values that the messages can carry (RFC 9777 §5.1.3, §5.1.9).
        let responseTimes: ClosedRange<Duration> = .milliseconds(1)...(.milliseconds(8_387_584))
        queryInterval = section.duration("query-interval", in: .seconds(1)...(.seconds(31744))) ?? queryInterval
        queryMaxResponseTime =
            section.duration("query-max-response-time", in: responseTimes) ?? queryMaxResponseTime
        lastMemberQueryInterval =
            section.duration("last-member-query-interval", in: responseTimes) ?? lastMemberQueryInterval
        lastMemberQueryCount = section.integer("last-member-query-count", in: 1...255)
        startupQueryInterval = section.duration("startup-query-interval", in: responseTimes)
        startupQueryCount = section.integer("startup-query-count", in: 1...255)
        readQuerierGuard(section)
        robustnessVariable = section.integer("robustness-variable", in: 1...255) ?? robustnessVariable
        immediateLeave = section.flag("immediate-leave") ?? immediateLeave
        requireRouterAlert = section.flag("require-router-alert") ?? requireRouterAlert
        listeningInterval = section.choice("listening-interval", of: ListeningInterval.self) ?? listeningInterval
        olderHostCompatibility = section.flag("older-host-compatibility") ?? olderHostCompatibility
        // A value that was refused has its default here, of which nothing should be said.
        if queryMaxResponseTime >= queryInterval && section.findings.errors.count == before {
            let key = section["query-max-response-time"] != nil ? "query-max-response-time" : "query-interval"
            section.refuse(
                key,
                "query-max-response-time (\(queryMaxResponseTime.text)) must be less than query-interval (\(queryInterval.text))"
            )
        }
    }

    private mutating func readQuerierGuard(_ section: Section) {
        let key = "querier-guard"
        let entries = section.list(
            key, of: "link-local router addresses, such as [fe80::1], or [self] for none",
            each: "a link-local address of a router, such as fe80::1, nor self"
        ) { text -> IPv6Address?? in
            if text == "self" { return .some(nil) }
            guard let address = IPv6Address(text), address.isLinkLocal else { return nil }
            return .some(address)
        }
        guard let entries else { return }
        let routers = entries.compactMap { $0 }
        guard routers.isEmpty || routers.count == entries.count else {
            return section.refuse(key, "self means that no other router is believed, so it stands alone: [self]")
        }
        querierGuard = entries.isEmpty ? nil : routers
    }
}

extension InterfaceLimits {
    fileprivate mutating func read(_ section: Section) {
        section.allow([
            "max-groups", "max-group-sources", "max-hosts", "max-groups-per-host", "reports-per-second",
            "reports-per-second-per-host", "queries-per-second", "specific-queries-per-second",
            "confirming-queries-per-second",
        ])
        maxGroups = section.integer("max-groups", in: 1...10_000_000) ?? maxGroups
        maxGroupSources = section.integer("max-group-sources", in: 1...65535) ?? maxGroupSources
        maxHosts = section.integer("max-hosts", in: 1...10_000_000) ?? maxHosts
        maxGroupsPerHost = section.integer("max-groups-per-host", in: 1...10_000_000) ?? maxGroupsPerHost
        reportsPerSecond = section.integer("reports-per-second", in: 1...10_000_000) ?? reportsPerSecond
        reportsPerSecondPerHost =
            section.integer("reports-per-second-per-host", in: 1...10_000_000) ?? reportsPerSecondPerHost
        queriesPerSecond = section.integer("queries-per-second", in: 1...10_000_000) ?? queriesPerSecond
        specificQueriesPerSecond =
            section.integer("specific-queries-per-second", in: 1...10_000_000) ?? specificQueriesPerSecond
        confirmingQueriesPerSecond =
            section.integer("confirming-queries-per-second", in: 0...10_000_000) ?? confirmingQueriesPerSecond
    }
}

extension ChannelSettings {
    /// nil without a group, which is an error of the file.
    init?(_ name: String, _ section: Section, at mark: Mark, on machine: Machine?) {
        section.allow(["group", "source", "hold-time", "minimum-run-time", "command", "stop-timeout"])
        let groups = "a multicast address of a scope wider than the link, such as ff3e::8000:1"
        let group = section.address("group", groups) { $0.multicastScope.map { $0 > .linkLocal } ?? false }
        if !section.has("group") { section.refuse("group", at: mark, "missing; \(groups)") }
        let source = section.address("source", "a unicast address that routers forward, such as 2001:db8::1") {
            !$0.isMulticast && !$0.isUnspecified && !$0.isLoopback && !$0.isLinkLocal
        }
        self.init(name: name, group: group ?? .unspecified, source: source)
        holdTime = section.duration("hold-time", in: .zero...(.seconds(86400))) ?? holdTime
        minimumRunTime = section.duration("minimum-run-time", in: .zero...(.seconds(86400))) ?? minimumRunTime
        command = section.arguments("command")
        stopTimeout = section.duration("stop-timeout", in: .zero...(.seconds(3600))) ?? stopTimeout
        if let program = command?.first, let reason = machine?.obstacle(program) {
            // It may be installed later: the channel tries again for as long as somebody listens.
            section.findings.warn(
                section.name(of: "command"), at: section["command"]?.mark ?? mark,
                "\(program) cannot be run on this machine: \(reason); until it can, the channel fails")
        }
        if group == nil { return nil }
    }
}

extension ControlSettings {
    init(_ section: Section, on machine: Machine?) {
        self.init()
        section.allow(["path", "mode", "group"])
        path = section.value("path", "an absolute path of at most 107 octets") { text in
            text.hasPrefix("/") && text.utf8.count <= 107 ? text : nil
        }
        let octal = UInt8(ascii: "0")...UInt8(ascii: "7")
        let mode = section.value("mode", "permissions in octal, such as \"0660\"") { text -> UInt32? in
            guard (3...4).contains(text.utf8.count), text.utf8.allSatisfy(octal.contains) else { return nil }
            return UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        }
        self.mode = mode ?? self.mode
        group = section.text("group", "the name of a group")
        if let group, let machine, !machine.hasGroup(group) {
            section.refuse(
                "group", "\(group): there is no such group on this machine; groupadd --system \(group) makes it")
        }
    }
}

extension InterfaceSettings {
    /// Whether the kernel takes it as the name of an interface (dev_valid_name in net/core/dev.c).
    public static func isName(_ name: String) -> Bool {
        let octets = Array(name.utf8)
        let excluded: [UInt8] = [0, 0x20, 0xa0, UInt8(ascii: "/"), UInt8(ascii: ":")]
        return (1...15).contains(octets.count) && name != "." && name != ".."
            && !octets.contains { excluded.contains($0) || (0x09...0x0d).contains($0) }
    }
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
