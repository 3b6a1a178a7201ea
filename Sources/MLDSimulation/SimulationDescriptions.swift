import IPv6
import MLD
import Timing

// Messages and states in words, for traces and explanations.

extension Simulation {
    func name(of node: Node) -> String {
        switch node {
        case .port(let port): name(ofPort: port)
        case .host(let host): "host \(hosts[host].number)"
        }
    }

    func description(ofSent octets: [UInt8], on link: Int, from slot: Int, lost: [Node]) -> String {
        let sender = slot < links[link].nodes.count ? name(of: links[link].nodes[slot]) : "somebody on link \(link)"
        let loss = lost.isEmpty ? "" : "; does not reach \(lost.map { name(of: $0) }.joined(separator: ", "))"
        guard let packet = ReceivedPacket(octets), packet.isIntact else {
            return "\(sender) sends \(octets.count) octets that are no message\(loss)"
        }
        let speaker = slot < links[link].nodes.count ? sender : "\(sender), as \(packet.source),"
        return "\(speaker) sends \(content(of: octets.span.bytes.extracting(packet.payload)))\(loss)"
    }

    private func content(of message: RawSpan) -> String {
        if let query = try? MLDQuery(parsing: message) {
            let flag = query.suppressRouterSideProcessing ? ", S=1" : ""
            if query.isGeneral { return "a general query, \(query.maximumResponseDelay) ms" }
            return "Q(\(query.group)\(list(query.sources)))\(flag)"
        }
        if let message = try? MLDv1Message(parsing: message) {
            return "\(message.kind == .report ? "a report of version 1" : "Done") for \(message.group)"
        }
        guard var view = try? MLDReportView(parsing: message) else { return "something else" }
        var records: [String] = []
        while let record = view.next(in: message) {
            let sources = (0..<record.sources.count).map { record.sources.address(at: $0, in: message) }
            records.append("\(record.kind.map(Self.name) ?? "unknown")(\(record.group)\(list(sources)))")
        }
        let isLong = records.count > 8
        return records.prefix(8).joined(separator: " ") + (isLong ? " and \(records.count - 8) more" : "")
    }

    private func list(_ sources: [IPv6Address]) -> String {
        sources.isEmpty ? "" : ", " + sources.map { "s\($0.low)" }.joined(separator: ",")
    }

    private static func name(_ kind: MLDRecordKind) -> String {
        switch kind {
        case .isInclude: "IS_IN"
        case .isExclude: "IS_EX"
        case .toInclude: "TO_IN"
        case .toExclude: "TO_EX"
        case .allow: "ALLOW"
        case .block: "BLOCK"
        }
    }

    // MARK: states

    func describe(_ sources: SourceSet) -> String {
        if sources.isEmpty { return "nothing" }
        if sources == all { return "everything" }
        let others = SourceSet(source: plan.sourceCount)
        if sources == others { return "sources that nobody named" }
        if sources.contains(plan.sourceCount) {
            return "all but " + all.subtracting(sources).numbers.map { "s\($0 + 1)" }.joined(separator: ",")
        }
        return sources.numbers.map { "s\($0 + 1)" }.joined(separator: ",")
    }

    /// The timers of a group on a port.
    func state(of group: Int, at port: Int) -> String {
        guard let listing = ports[port].machine.group(plan.groups[group]) else { return "it has no state" }
        let time = localTime(of: port)
        let rest = { (end: Timing.Instant?) in end.map { "\(($0 - time).inSeconds) s" } ?? "no end" }
        let sources = listing.sources.map { source in
            "\(source.state == .forward ? "" : "not ")s\(source.address.low) for \(rest(source.expires))"
        }
        return "\(listing.filterMode) mode for \(rest(listing.expires)), sources: \(sources.joined(separator: ", "))"
    }

    func listeners(of source: Int, _ group: Int, at port: Int) -> String {
        let names = links[ports[port].link].groups[group].hosts.filter { host in
            hosts[host].desires.contains { $0.group == group && $0.wanted.contains(source) }
        }
        return names.prefix(3).map { "host \(hosts[$0].number)" }.joined(separator: ", ")
    }
}
