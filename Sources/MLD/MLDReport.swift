import IPv6

/// What a multicast address record says (RFC 9777 §5.2.12).
public enum MLDRecordKind: UInt8, CaseIterable, Sendable {
    case isInclude = 1
    case isExclude = 2
    case toInclude = 3
    case toExclude = 4
    case allow = 5
    case block = 6

    /// Current-state records answer queries and never make the router ask (RFC 9777 §7.4.1); the others say what changed.
    public var isCurrentState: Bool { self == .isInclude || self == .isExclude }
}

/// A version 2 report as a host sends it (RFC 9777 §5.2). The router reads reports through ``MLDReportView`` instead.
public struct MLDReport: MLDMessage, Equatable {
    /// One multicast address record.
    public struct Record: Hashable, Sendable {
        public var kind: MLDRecordKind
        public var group: IPv6Address
        public var sources: [IPv6Address]

        public init(_ kind: MLDRecordKind, _ group: IPv6Address, _ sources: [IPv6Address] = []) {
            self.kind = kind
            self.group = group
            self.sources = sources
        }

        var sourceCount: Int { min(sources.count, Int(UInt16.max)) }
    }

    public var records: [Record]

    public init(_ records: [Record]) { self.records = records }

    private var recordCount: Int { min(records.count, Int(UInt16.max)) }

    public var encodedLength: Int {
        records.prefix(recordCount).reduce(8) { $0 + 20 + 16 * $1.sourceCount }
    }

    public func encode(into octets: inout MutableRawSpan) {
        octets.write(MLDMessageType.report.rawValue, at: 0)
        octets.write(UInt8(0), at: 1)
        octets.write(UInt16(0), at: 2)
        octets.write(UInt16(0), at: 4)
        octets.write(UInt16(recordCount), at: 6)
        var offset = 8
        for record in records.prefix(recordCount) {
            octets.write(record.kind.rawValue, at: offset)
            octets.write(UInt8(0), at: offset + 1)
            octets.write(UInt16(record.sourceCount), at: offset + 2)
            record.group.write(into: &octets, at: offset + 4)
            offset += 20
            for source in record.sources.prefix(record.sourceCount) {
                source.write(into: &octets, at: offset)
                offset += 16
            }
        }
    }
}
