import IPv6

/// A multicast listener query, of either version (RFC 9777 §5.1, RFC 2710 §3).
public struct MLDQuery: MLDMessage, Equatable {
    public var version: MLDVersion
    /// Within how many milliseconds listeners answer. On the wire it is rounded down to what the code can say.
    public var maximumResponseDelay: UInt32
    /// `::` in a general query.
    public var group: IPv6Address
    /// The S flag: routers that hear this do not lower their timers. Version 2 only, like the fields below.
    public var suppressRouterSideProcessing: Bool
    /// QRV. Above 7 it goes out as 0, "use your default" (RFC 9777 §5.1.8).
    public var robustnessVariable: UInt8
    /// QQI in seconds. On the wire it is rounded down to what the code can say.
    public var queryInterval: UInt32
    /// The sources asked for; empty in general and group-specific queries.
    public var sources: [IPv6Address]

    public init(
        version: MLDVersion = .mldv2, maximumResponseDelay: UInt32, group: IPv6Address = .unspecified,
        suppressRouterSideProcessing: Bool = false, robustnessVariable: UInt8 = 2, queryInterval: UInt32 = 125,
        sources: [IPv6Address] = []
    ) {
        self.version = version
        self.maximumResponseDelay = maximumResponseDelay
        self.group = group
        self.suppressRouterSideProcessing = suppressRouterSideProcessing
        self.robustnessVariable = robustnessVariable
        self.queryInterval = queryInterval
        self.sources = sources
    }

    public var isGeneral: Bool { group.isUnspecified }

    /// Where it is sent: ff02::1 if general, else the group itself (RFC 9777 §5.1.15).
    public var destination: IPv6Address { isGeneral ? .allNodes : group }

    /// How many sources fit in one query on a link with this MTU; at least one.
    public static func sourceCapacity(mtu: Int) -> Int {
        max(1, (mtu - Self.overhead) / 16)
    }

    /// IPv6 header, hop-by-hop header with Router Alert, fixed part of the query.
    private static let overhead = 40 + 8 + 28

    /// Parses ICMPv6 octets whose checksum has been verified. 24 octets are a version 1 query, 28 or more version 2,
    /// anything else neither (RFC 9777 §8.1). Code, reserved fields and trailing octets are ignored.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 24 else { throw .tooShort(needed: 24, had: octets.byteCount) }
        guard octets.octet(at: 0) == MLDMessageType.query.rawValue else { throw .malformed("not a query") }
        group = IPv6Address(octets, at: 8)
        guard group.isUnspecified || group.isMulticast else { throw .malformed("query for a unicast address") }
        if octets.byteCount == 24 {
            version = .mldv1
            maximumResponseDelay = UInt32(octets.word(at: 4))
            suppressRouterSideProcessing = false
            robustnessVariable = 0
            queryInterval = 0
            sources = []
            return
        }
        guard octets.byteCount >= 28 else { throw .malformed("query of \(octets.byteCount) octets") }
        version = .mldv2
        maximumResponseDelay = MaximumResponseCode(rawValue: octets.word(at: 4)).milliseconds
        suppressRouterSideProcessing = octets.octet(at: 24) & 8 != 0
        robustnessVariable = octets.octet(at: 24) & 7
        queryInterval = QueryIntervalCode(rawValue: octets.octet(at: 25)).seconds
        let count = Int(octets.word(at: 26))
        guard octets.byteCount >= 28 + 16 * count else { throw .malformed("more sources announced than there are") }
        guard count == 0 || !group.isUnspecified else { throw .malformed("general query with sources") }
        sources = []
        sources.reserveCapacity(count)
        for index in 0..<count { sources.append(IPv6Address(octets, at: 28 + 16 * index)) }
    }

    private var encodedSourceCount: Int { min(sources.count, Int(UInt16.max)) }

    public var encodedLength: Int { version == .mldv1 ? 24 : 28 + 16 * encodedSourceCount }

    public func encode(into octets: inout MutableRawSpan) {
        octets.write(MLDMessageType.query.rawValue, at: 0)
        octets.write(UInt8(0), at: 1)
        octets.write(UInt16(0), at: 2)
        let code =
            version == .mldv1
            ? UInt16(clamping: maximumResponseDelay)
            : MaximumResponseCode(milliseconds: maximumResponseDelay).rawValue
        octets.write(code, at: 4)
        octets.write(UInt16(0), at: 6)
        group.write(into: &octets, at: 8)
        guard version == .mldv2 else { return }
        let robustness = robustnessVariable > 7 ? 0 : robustnessVariable
        octets.write((suppressRouterSideProcessing ? 8 : 0) | robustness, at: 24)
        octets.write(QueryIntervalCode(seconds: queryInterval).rawValue, at: 25)
        octets.write(UInt16(encodedSourceCount), at: 26)
        for (index, source) in sources.prefix(encodedSourceCount).enumerated() {
            source.write(into: &octets, at: 28 + 16 * index)
        }
    }
}
