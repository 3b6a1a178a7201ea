import IPv6

/// Walks the records of a version 2 report where they lie, without copying (RFC 9777 §5.2).
///
/// It holds offsets only, so every call takes the same octets again. All lengths are checked once, by `init`:
/// a report is either whole or refused before any of it is used.
public struct MLDReportView: Sendable {
    /// Sources of one record, as a place in the octets of the report.
    public struct Sources: Sendable {
        var offset: Int
        public var count: Int

        /// No source.
        public static let none = Sources(offset: 0, count: 0)

        /// The source at `index`, below `count`.
        @inline(__always) public func address(at index: Int, in octets: RawSpan) -> IPv6Address {
            IPv6Address(octets, at: offset + 16 * index)
        }
    }

    /// One multicast address record. `kind` is nil for a type that is not known, which is to be skipped (§5.2.13).
    public struct Record: Sendable {
        public var kind: MLDRecordKind?
        public var group: IPv6Address
        public var sources: Sources
    }

    /// Records that `next` has not yet given.
    public private(set) var remaining: Int
    private var offset = 8

    /// Checks the whole report, ICMPv6 octets whose checksum has been verified. Auxiliary data and octets behind the
    /// last record are skipped.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 8 else { throw .tooShort(needed: 8, had: octets.byteCount) }
        guard octets.octet(at: 0) == MLDMessageType.report.rawValue else { throw .malformed("not a version 2 report") }
        remaining = Int(octets.word(at: 6))
        var offset = 8
        for _ in 0..<remaining {
            guard octets.byteCount - offset >= 20 else { throw .malformed("more records announced than there are") }
            offset += Self.recordLength(in: octets, at: offset)
            guard offset <= octets.byteCount else { throw .malformed("record beyond the end of the report") }
        }
    }

    /// The next record, nil after the last one.
    @inline(__always) public mutating func next(in octets: RawSpan) -> Record? {
        guard remaining > 0 else { return nil }
        let start = offset
        remaining -= 1
        offset += Self.recordLength(in: octets, at: start)
        return Record(
            kind: MLDRecordKind(rawValue: octets.octet(at: start)), group: IPv6Address(octets, at: start + 4),
            sources: Sources(offset: start + 20, count: Int(octets.word(at: start + 2))))
    }

    private static func recordLength(in octets: RawSpan, at offset: Int) -> Int {
        20 + 16 * Int(octets.word(at: offset + 2)) + 4 * Int(octets.octet(at: offset + 1))
    }
}
