import IPv6
import MLD

// Messages in words, for the trace.

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
}
