import Glibc
import RouterControl

extension RouterEvent: Displayable {
    /// One line: time of day, event, what it is about.
    public var displayText: String {
        "\(timeOfDay) \(printable(([event.rawValue] + subject).joined(separator: " ")))\n"
    }

    private var subject: [String] {
        switch event {
        case .snapshot:
            [
                [
                    counted(interfaces?.count ?? 0, "interface"), counted(groups?.count ?? 0, "group"),
                    counted(routes?.count ?? 0, "route"), counted(channels?.count ?? 0, "channel"),
                ].joined(separator: ", ")
            ]
        case .querierChanged:
            [interface ?? "-", querier?.address ?? "none"] + (querier?.isSelf == true ? ["(self)"] : [])
        case .routeAdded, .routeChanged, .routeRemoved: route
        case .sourceRefused: [interface ?? "-", flow] + labelled("expected", incomingInterface)
        case .channelStarted, .channelStopped, .channelFailed: sender
        default: membership
        }
    }

    private var membership: [String] {
        [interface, groupAddress, filterMode?.rawValue].compactMap { $0 } + labelled("source", sourceAddress)
            + labelled("host", hostAddress) + [state].compactMap { $0 } + labelled("limit", limit)
            + labelled("-", message)
    }

    private var route: [String] {
        let outgoing = outgoingInterfaces ?? []
        let ends = [incomingInterface ?? "-", "->", outgoing.isEmpty ? "none" : outgoing.joined(separator: ",")]
        return [flow] + (event == .routeRemoved ? [] : ends)
    }

    private var flow: String {
        let source = sourceAddress.map { $0 == "::" ? "*" : $0 } ?? "*"
        return "(\(source), \(groupAddress ?? "-"))"
    }

    private var sender: [String] {
        [channel ?? "-", groupAddress].compactMap { $0 } + labelled("source", sourceAddress)
            + labelled("after", triggerLatency.map { "\(HumanTime($0))" }) + labelled("-", message)
    }

    private func labelled(_ label: String, _ value: String?) -> [String] { value.map { [label, $0] } ?? [] }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// In the time zone of whoever looks.
    private var timeOfDay: String {
        let milliseconds = (time * 1000).rounded()
        guard milliseconds.isFinite, abs(milliseconds) < 1e15 else { return "-" }
        let (whole, fraction) = Int(milliseconds).quotientAndRemainder(dividingBy: 1000)
        var seconds = time_t(whole)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return "-" }
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
        return "\(clock).\(padded(abs(fraction), 3))"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
}
