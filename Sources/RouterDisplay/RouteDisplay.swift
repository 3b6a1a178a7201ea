import RouterControl

extension RoutesReply: Displayable {
    public var displayText: String {
        var table = Table([
            "SOURCE", "GROUP", "IN", "OUT", "STATE", .number("PACKETS"), .number("BYTES"), .number("WRONG-IF"),
            .number("UP"),
        ])
        for route in routes.sorted(interface: \.incomingInterface, { [$0.groupAddress, $0.sourceAddress] }) {
            table.add([
                route.sourceAddress == "::" ? "*" : route.sourceAddress, route.groupAddress, route.incomingInterface,
                route.outgoingInterfaces.joined(separator: ","), route.state.rawValue,
                "\(route.arrivedPackets)",
                "\(route.bytes)",
                "\(route.wrongInterface)", "\(HumanTime(route.upTime))",
            ])
        }
        return table.text
    }
}
