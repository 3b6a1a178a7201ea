import RouterControl

extension StatisticsReply: Displayable {
    public var displayText: String {
        var messages = Table([
            "INTERFACE", "DIRECTION", .number("QUERY"), .number("REPORT"), .number("REPORT-V1"), .number("DONE"),
        ])
        var errors = Table(
            ["INTERFACE"]
                + [
                    "CHECKSUM", "TOO-SHORT", "HOP-LIMIT", "SOURCE", "ROUTER-ALERT", "UNKNOWN-TYPE", "MALFORMED",
                    "LIMIT", "DENIED",
                ].map(Table.Column.number))
        for interface in interfaces.sorted(interface: \.interface, { _ in [] }) {
            messages.add([interface.interface, "received"] + interface.received.cells)
            messages.add([interface.interface, "sent"] + interface.sent.cells)
            errors.add([interface.interface] + interface.error.cells)
        }
        return messages.text + "\n" + errors.text
    }
}

extension MessageCounts {
    fileprivate var cells: [String] { [query, report, reportV1, done].map(String.init) }
}

extension ErrorCounts {
    fileprivate var cells: [String] {
        [checksum, tooShort, hopLimit, sourceAddress, routerAlert, unknownType, malformed, limit, denied].map(
            String.init)
    }
}
