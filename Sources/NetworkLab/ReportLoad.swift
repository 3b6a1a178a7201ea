import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import Timing

/// Very many joins from made-up hosts, built beforehand, sent as fast as the wire takes them.
public struct ReportLoad: ~Copyable {
    public let frames: Int
    private let batch: FrameBatch
    private let first: IPv6Address
    private let groups: Int

    /// - Parameters:
    ///   - groups: how many, counting up from `first`.
    ///   - recordsPerReport: at most; a report holds records of one host only.
    ///   - hosts: groups are dealt to them in turn, and neighbouring frames come from different ones.
    public init(
        _ kind: MLDRecordKind = .toExclude, groups: Int, from first: IPv6Address = Self.firstGroup,
        recordsPerReport: Int,
        hosts: Int
    ) {
        let perHost = (groups + hosts - 1) / hosts
        let rounds = (perHost + recordsPerReport - 1) / recordsPerReport
        var batch = FrameBatch(capacity: rounds * hosts, room: 1514)
        for round in 0..<rounds {
            for host in 0..<hosts {
                let records = (round * recordsPerReport..<min(perHost, (round + 1) * recordsPerReport))
                    .map { $0 * hosts + host }.filter { $0 < groups }
                    .map { MLDReport.Record(kind, IPv6Address(high: first.high, low: first.low &+ UInt64($0))) }
                if records.isEmpty { continue }
                _ = batch.append(ReportFrame(MLDReport(records), fromHost: host + 1).octets.span.bytes)
            }
        }
        frames = batch.count
        self.first = first
        self.groups = groups
        self.batch = batch
    }

    /// ff1e::8000:0
    public static let firstGroup = IPv6Address(high: 0xff1e_0000_0000_0000, low: 0x8000_0000)

    /// Whether a group is one of those joined.
    public func contains(_ group: IPv6Address) -> Bool {
        group.high == first.high && group.low >= first.low && group.low - first.low < UInt64(groups)
    }

    /// Sends it all; how long that took.
    public func send(on socket: borrowing PacketSocket) throws(SystemError) -> Duration {
        let started = Instant.now
        var sent = 0
        while sent < frames {
            sent += try socket.send(batch, from: sent)
            if sent < frames { pause(.microseconds(100)) }  // the interface's queue is full
        }
        return Instant.now - started
    }
}
