import IPv6
import MLD
import Timing

/// Reports of many hosts for many groups, built beforehand, for a router part without a network.
struct MachineLoad {
    /// Sender and place of each message in `octets`: one behind the other, as in the buffers of a socket.
    private var messages: [(host: IPv6Address, place: Range<Int>)] = []
    private var octets: [UInt8] = []
    let records: Int

    /// - Parameters:
    ///   - groups: dealt to the hosts in turn; each is reported by one.
    ///   - recordsPerReport: at most; a report holds records of one host only.
    ///   - sources: of each record; the same ones everywhere.
    init(_ kind: MLDRecordKind, groups: Int, hosts: Int, recordsPerReport: Int, sources: Int = 0) {
        records = groups
        Self.make(kind, groups: groups, hosts: hosts, recordsPerReport: recordsPerReport, sources: sources) {
            host, message in
            messages.append((host, octets.count..<octets.count + message.count))
            octets += message
        }
    }

    /// Hands over the messages that the load consists of, as they are made.
    static func make(
        _ kind: MLDRecordKind, groups: Int, hosts: Int, recordsPerReport: Int, sources: Int = 0,
        _ body: (IPv6Address, [UInt8]) -> Void
    ) {
        let sources = (0..<sources).map { IPv6Address(high: 0x2001_0db8_0000_0000, low: UInt64($0) + 1) }
        let perHost = (groups + hosts - 1) / hosts
        for first in stride(from: 0, to: perHost, by: recordsPerReport) {
            for host in 0..<hosts {
                let records = (first..<min(perHost, first + recordsPerReport)).map { $0 * hosts + host }
                    .filter { $0 < groups }.map { MLDReport.Record(kind, group($0), sources) }
                if records.isEmpty { continue }
                let address = ReportFrame.address(ofHost: host + 1)
                body(address, MLDReport(records).encoded(from: address, to: .allMLDv2Routers))
            }
        }
    }

    /// Hands over all messages, one after the other.
    func forEach(_ body: (IPv6Address, RawSpan) -> Void) {
        let all = octets.span.bytes
        for message in messages { body(message.host, all.extracting(message.place)) }
    }

    private static func group(_ number: Int) -> IPv6Address {
        IPv6Address(high: ReportLoad.firstGroup.high, low: ReportLoad.firstGroup.low &+ UInt64(number))
    }
}

extension MLDRouter {
    /// A router that has heard every listener, so that immediate leave acts.
    static func settled(groups: Int, at now: inout Instant) -> MLDRouter {
        var configuration = MLDConfiguration()
        configuration.maximumGroups = max(groups, configuration.maximumGroups)
        var router = MLDRouter(
            configuration: configuration, address: ReportFrame.address(ofHost: 0), mtu: 1500)
        var actions: [Action] = []
        router.start(at: now, into: &actions)
        now = now + .seconds(60)
        router.advance(to: now, into: &actions)
        return router
    }

    /// Takes one message as the agent does: what is to be done is put into a buffer that is kept, and done with after it.
    mutating func receive(
        _ message: RawSpan, from host: IPv6Address, at now: Instant, into actions: inout [Action]
    ) {
        receive(
            message, from: host, to: .allMLDv2Routers, hopLimit: 1, routerAlert: true, at: now, into: &actions)
        actions.removeAll(keepingCapacity: true)
    }
}
