import RouterControl

extension InterfacesReply: Displayable {
    public var displayText: String {
        var table = Table([
            "INTERFACE", "ROLE", "STATE", "ADDRESS", "QUERIER", "EXPIRES", .number("GROUPS"), .number("HOSTS"),
            .number("MTU"), "REASON",
        ])
        for interface in interfaces.sorted(interface: \.interface, { [$0.address] }) {
            table.add([
                interface.interface, interface.role.rawValue, interface.operStatus.rawValue, interface.address ?? "",
                interface.querier.isSelf ? "self" : interface.querier.address ?? "",
                "\(HumanTime(interface.querier.expire))",
                "\(interface.groupsCount)", "\(interface.hostsCount)", text(interface.mtu), interface.reason ?? "",
            ])
        }
        return table.text
    }
}

extension InterfaceStatus: Displayable {
    public var displayText: String {
        Table.list([
            ("interface", interface),
            ("index", text(index)),
            ("role", role.rawValue),
            ("state", operStatus.rawValue),
            ("reason", reason ?? ""),
            ("address", address ?? ""),
            ("querier", (querier.address ?? "-") + (querier.isSelf ? " (self)" : "")),
            ("querier expires", "\(HumanTime(querier.expire))"),
            ("MLD version", "\(version)"),
            (
                "query interval",
                "\(HumanTime(queryInterval))"
                    + (queryInterval == configuredQueryInterval
                        ? "" : " (configured: \(HumanTime(configuredQueryInterval)))")
            ),
            ("query max response time", "\(HumanTime(queryMaxResponseTime))"),
            ("last member query interval", "\(HumanTime(lastMemberQueryInterval))"),
            (
                "robustness variable",
                "\(robustnessVariable)"
                    + (robustnessVariable == configuredRobustnessVariable
                        ? "" : " (configured: \(configuredRobustnessVariable))")
            ),
            ("groups", "\(groupsCount)"),
            ("hosts", "\(hostsCount)"),
            ("mtu", text(mtu)),
            ("source check", sourceCheck.rawValue),
            ("sources refused", "\(sourcesRefused)"),
        ])
    }
}

private func text(_ number: Int?) -> String { number.map(String.init) ?? "" }
