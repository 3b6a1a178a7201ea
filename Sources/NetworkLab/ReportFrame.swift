public import IPv6
public import MLD

/// A complete Ethernet frame with an MLD message as RFC 9777 §5 wants it: hop limit 1, Router Alert, right checksum. For
/// hosts and routers that exist only as the sender of frames.
public struct ReportFrame: Sendable {
    public let octets: [UInt8]

    /// The link-local address of a made-up host.
    public static func address(ofHost number: Int) -> IPv6Address {
        IPv6Address(high: 0xfe80_0000_0000_0000, low: 0x00c0_ffee_0000_0000 | UInt64(number))
    }

    /// Any message from any address to a multicast one.
    public init(_ message: some MLDMessage, from source: IPv6Address, to destination: IPv6Address) {
        let message = message.encoded(from: source, to: destination)
        let hopByHop: [UInt8] = [IPv6Packet.icmpv6, 0, 5, 2, 0, 0, 1, 0]
        let length = hopByHop.count + message.count
        let ethernet = [0x33, 0x33] + destination.octets[12...] + [0x02, 0xc0] + source.octets[12...] + [0x86, 0xdd]
        let header: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 1]
        octets = ethernet + header + source.octets + destination.octets + hopByHop + message
    }

    /// - Parameter host: the number of the made-up host.
    public init(_ report: MLDReport, fromHost host: Int) {
        self.init(report, from: Self.address(ofHost: host), to: .allMLDv2Routers)
    }

    /// A report with one record.
    public init(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = [], fromHost host: Int) {
        self.init(MLDReport([.init(kind, group, sources)]), fromHost: host)
    }
}
