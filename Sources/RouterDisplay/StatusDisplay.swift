import RouterControl

extension RouterStatus: Displayable {
    public var displayText: String {
        Table.list([
            ("version", version),
            ("up", "\(HumanTime(upTime))"),
            ("control", control),
            ("capture", capture.rawValue),
            ("forwarding", forwarding ? "yes" : "no"),
            ("interfaces", "\(interfacesCount)"),
            ("groups", "\(groupsCount)"),
            ("hosts", "\(hostsCount)"),
            ("routes", "\(routesCount)"),
            ("channels", "\(channelsCount)"),
            ("sending", "\(sendingCount)"),
        ])
    }
}
