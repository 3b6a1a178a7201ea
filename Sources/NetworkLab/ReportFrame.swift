import IPv6
import MLD

/// A complete Ethernet frame with a version 2 report as RFC 9777 §5 wants it: from a link-local address to ff02::16, hop
/// limit 1, Router Alert, right checksum. For hosts that exist only as the sender of frames.
public struct ReportFrame: Sendable {
    public let octets: [UInt8]

    /// The link-local address of a made-up host.
    public static func address(ofHost number: Int) -> IPv6Address {
        IPv6Address(high: 0xfe80_0000_0000_0000, low: 0x00c0_ffee_0000_0000 | UInt64(number))
    }

    /// - Parameter host: the number of the made-up host.
    public init(_ report: MLDReport, fromHost host: Int) {
        let source = Self.address(ofHost: host)
        let destination = IPv6Address.allMLDv2Routers
        var message = [UInt8](repeating: 0, count: report.encodedLength)
        message.withUnsafeMutableBytes { buffer in
            var span = MutableRawSpan(_unsafeBytes: buffer)
            report.encode(into: &span)
        }
        var checksum = InternetChecksum(
            source: source, destination: destination, length: message.count, nextHeader: IPv6Packet.icmpv6)
        checksum.add(message.span.bytes)
        message[2] = UInt8(checksum.value >> 8)
        message[3] = UInt8(truncatingIfNeeded: checksum.value)

        let hopByHop: [UInt8] = [IPv6Packet.icmpv6, 0, 5, 2, 0, 0, 1, 0]
        let length = hopByHop.count + message.count
        let ethernet: [UInt8] =
            [
                0x33, 0x33, 0, 0, 0, 0x16, 0x02, 0xc0, UInt8(truncatingIfNeeded: host >> 24),
                UInt8(truncatingIfNeeded: host >> 16),
            ]
            + [UInt8(truncatingIfNeeded: host >> 8), UInt8(truncatingIfNeeded: host), 0x86, 0xdd]
        let header: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 1]
        octets = ethernet + header + source.octets + destination.octets + hopByHop + message
    }

    /// A report with one record.
    public init(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = [], fromHost host: Int) {
        self.init(MLDReport([.init(kind, group, sources)]), fromHost: host)
    }
}
