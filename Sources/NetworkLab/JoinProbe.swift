import IPv6
import LinuxSystem
import MLD
import Timing

/// Joins and leaves of a made-up host, one after the other, and what its interface sees of the stream meanwhile.
///
/// Times are the kernel's, of the report going out and of data coming in on the same interface: what the joining host's
/// own kernel does before it reports is left out.
struct JoinProbe {
    let group: IPv6Address
    let sniffer: LabSniffer
    private let host: CraftedHost

    var firstData = Samples()
    var lastData = Samples()

    init(on node: LabNode, group: IPv6Address) throws {
        self.group = group
        sniffer = try LabSniffer(on: node, interface: "eth0")
        host = try CraftedHost.attached(to: node)
    }

    /// Joins; the time of the report, nil if it cannot be seen.
    mutating func join() throws -> Instant? {
        sniffer.reset()
        try host.report(.toExclude, group)
        let first = sniffer.waitForData(to: group, within: .seconds(2))
        let report = reportTime(.toExclude)
        firstData.add(first.flatMap { first in report.map { first - $0 } })
        return report
    }

    /// Leaves, and waits until the stream has ended.
    mutating func leave() throws {
        try host.report(.toInclude, group)
        let last = sniffer.waitForSilence(on: group, of: .milliseconds(30), within: .seconds(5))
        let report = reportTime(.toInclude)
        lastData.add(last.flatMap { last in report.map { max(.zero, last - $0) } })
    }

    private func reportTime(_ kind: MLDRecordKind) -> Instant? {
        sniffer.waitForMessage(within: .seconds(1)) { frame in
            frame.outgoing && frame.records.contains { $0.group == group && $0.type == kind.rawValue }
        }?.time
    }
}
