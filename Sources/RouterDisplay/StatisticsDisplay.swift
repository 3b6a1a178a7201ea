import RouterControl

extension StatisticsReply: Displayable {
    public var displayText: String {
        var messages = Table([
            "INTERFACE", "DIRECTION", .number("QUERY"), .number("REPORT"), .number("REPORT-V1"), .number("DONE"),
        ])
        var errors = Table(
            ["INTERFACE"]
                + [
                    "CHECKSUM", "TOO-SHORT", "TOO-LONG", "FRAGMENT", "HOP-LIMIT", "SOURCE", "ROUTER-ALERT",
                    "UNKNOWN-TYPE", "MALFORMED", "LIMIT", "DENIED", "NO-SOURCE", "DROPPED",
                ].map(Table.Column.number))
        // How often each limit was reached.
        var limits = Table(
            ["INTERFACE"]
                + [
                    "MAX-GROUPS", "MAX-GROUP-SOURCES", "MAX-HOSTS", "MAX-GROUPS-PER-HOST", "REPORTS",
                    "REPORTS-PER-HOST", "QUERIES", "SPECIFIC-QUERIES", "CONFIRMING-QUERIES",
                ].map(Table.Column.number))
        for interface in interfaces.sorted(interface: \.interface, { _ in [] }) {
            messages.add([interface.interface, "received"] + interface.received.cells)
            messages.add([interface.interface, "sent"] + interface.sent.cells)
            errors.add([interface.interface] + interface.error.cells)
            limits.add([interface.interface] + interface.limit.cells)
        }
        return messages.text + "\n" + errors.text + "\n" + limits.text
    }
}

extension MessageCounts {
    fileprivate var cells: [String] { [query, report, reportV1, done].map(String.init) }
}

extension ErrorCounts {
    fileprivate var cells: [String] {
        [
            checksum, tooShort, tooLong, fragment, hopLimit, sourceAddress, routerAlert, unknownType, malformed, limit,
            denied, noSource, dropped,
        ].map(String.init)
    }
}

extension LimitCounts {
    fileprivate var cells: [String] {
        [
            maxGroups, maxGroupSources, maxHosts, maxGroupsPerHost, reportsPerSecond, reportsPerSecondPerHost,
            queriesPerSecond, specificQueriesPerSecond, confirmingQueriesPerSecond,
        ].map(String.init)
    }
}
