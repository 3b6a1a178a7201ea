import RouterControl

extension ChannelsReply: Displayable {
    public var displayText: String {
        var table = Table([
            "NAME", "GROUP", "SOURCE", "STATE", "INTERFACES", .number("LISTENERS"), .number("WATCHERS"),
            .number("STARTS"),
            .number("TRIGGER"), .number("PID"), "ERROR",
        ])
        for channel in channels.sorted(interface: \.name, { [$0.groupAddress, $0.sourceAddress] }) {
            table.add([
                channel.name, channel.groupAddress, channel.sourceAddress ?? "*", channel.state.rawValue,
                channel.interfaces.joined(separator: ","), "\(channel.listeners)", "\(channel.watchers)",
                "\(channel.starts)",
                "\(HumanTime(channel.lastTriggerLatency))", channel.pid.map(String.init) ?? "", channel.lastError ?? "",
            ])
        }
        return table.text
    }
}
