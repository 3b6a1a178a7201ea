import RouterControl

extension GroupsReply: Displayable {
    public var displayText: String {
        var table = Table([
            "INTERFACE", "GROUP", "MODE", "VERSION", .number("SOURCES"), .number("HOSTS"), .number("UP"),
            .number("EXPIRES"),
            "LAST REPORTER",
        ])
        for group in sorted {
            table.add([
                group.interface, group.groupAddress, group.filterMode.rawValue, group.compatibility.rawValue,
                "\(group.sources.count)", "\(group.hosts.count)", "\(HumanTime(group.upTime))",
                "\(HumanTime(group.expire))",
                group.lastReporter ?? "",
            ])
        }
        return table.text
    }

    /// The same with the sources and the hosts of each group.
    public var detailText: String {
        var sources = Table(["INTERFACE", "GROUP", "SOURCE", "STATE", .number("UP"), .number("EXPIRES")])
        var hosts = Table(["INTERFACE", "GROUP", "HOST", "MODE", .number("EXPIRES")])
        for group in sorted {
            for source in group.sources.sorted(interface: { _ in "" }, { [$0.sourceAddress] }) {
                sources.add([
                    group.interface, group.groupAddress, source.sourceAddress, source.state.rawValue,
                    "\(HumanTime(source.upTime))", "\(HumanTime(source.expire))",
                ])
            }
            for host in group.hosts.sorted(interface: { _ in "" }, { [$0.hostAddress] }) {
                hosts.add([
                    group.interface, group.groupAddress, host.hostAddress, host.hostFilterMode.rawValue,
                    "\(HumanTime(host.expire))",
                ])
            }
        }
        return [displayText, sources.text, hosts.text].joined(separator: "\n")
    }

    private var sorted: [GroupStatus] { groups.sorted(interface: \.interface, { [$0.groupAddress] }) }
}

extension ListenersReply: Displayable {
    public var displayText: String {
        var table = Table(["INTERFACE", "HOST", "GROUP", "MODE", .number("EXPIRES"), "SOURCES"])
        for listener in listeners.sorted(interface: \.interface, { [$0.hostAddress, $0.groupAddress] }) {
            table.add([
                listener.interface, listener.hostAddress, listener.groupAddress, listener.hostFilterMode.rawValue,
                "\(HumanTime(listener.expire))", listener.sources.joined(separator: ","),
            ])
        }
        return table.text
    }
}
