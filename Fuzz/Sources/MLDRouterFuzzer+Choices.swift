import IPv6
import MLD
import Timing

// Octets of the input into configurations, addresses, times and messages: few of each, so that they meet.
extension MLDRouterFuzzer {
    static func configuration(_ input: inout FuzzInput) -> MLDConfiguration {
        var configuration = MLDConfiguration()
        let flags = input.octet()
        configuration.immediateLeave = flags & 1 == 0
        configuration.requireRouterAlert = flags & 2 == 0
        configuration.olderHostCompatibility = flags & 4 == 0
        configuration.listeningInterval = flags & 8 == 0 ? .rfc9777 : .rfc3810
        configuration.robustnessVariable = flags & 16 == 0 ? 2 : Int(input.octet())
        configuration.queryInterval = .seconds(1 + Int(input.octet()))
        configuration.queryResponseInterval = configuration.queryInterval * Int(input.octet()) / 256
        configuration.lastListenerQueryInterval = .milliseconds(10 * Int(input.octet()))
        if flags & 32 != 0 { configuration.lastListenerQueryCount = Int(input.octet()) }
        if flags & 64 != 0 { configuration.startupQueryCount = Int(input.octet()) }
        if flags & 128 != 0 {
            configuration.maximumGroups = 1 + input.number(below: 16)
            configuration.maximumGroupSources = 1 + input.number(below: 32)
            configuration.maximumHosts = 1 + input.number(below: 32)
            limit(&configuration, &input)
        }
        return configuration
    }

    /// What is rarely configured.
    private static func limit(_ configuration: inout MLDConfiguration, _ input: inout FuzzInput) {
        let prefix = IPv6Prefix(group(Int(input.octet())), length: Int(input.octet()))
        configuration.groupFilter = GroupFilter(denied: prefix.map { [$0] } ?? [])
        let flags = input.octet()
        if flags & 1 != 0 { configuration.maximumGroupsPerHost = input.number(below: 8) }
        if flags & 2 != 0 { configuration.reportsPerSecond = input.number(below: 8) }
        if flags & 4 != 0 { configuration.reportsPerSecondPerHost = input.number(below: 8) }
        if flags & 8 != 0 { configuration.specificQueriesPerSecond = input.number(below: 8) }
        if flags & 16 != 0 {
            configuration.querySeriesPerGroup = input.number(below: 4)
            configuration.queriesPerSecond = input.number(below: 8)
        }
        if flags & 32 != 0 { configuration.querierGuard = [host(Int(input.octet())), host(1)] }
        if flags & 64 != 0 { configuration.version = .mldv1 }
        if flags & 128 != 0 {
            configuration.isPassive = true
            configuration.acceptsUnspecifiedReporters = true
        }
    }

    mutating func duration() -> Duration {
        let choice = input.octet()
        let unit: [Duration] = [.milliseconds(1), .milliseconds(50), .seconds(1), .seconds(10)]
        return unit[Int(choice & 3)] * Int(choice >> 2)
    }

    // MARK: addresses

    /// Of 256 hosts; the router is the 128th, so half of them win an election.
    static func host(_ number: Int) -> IPv6Address {
        IPv6Address(high: 0xfe80_0000_0000_0000, low: UInt64(number & 255) + 1)
    }

    /// Some that cannot be groups, some of the source-specific range, some that cannot be forwarded.
    static func group(_ number: Int) -> IPv6Address {
        switch number {
        case 0..<5: IPv6Address(high: 0xff1e_0000_0000_0000, low: UInt64(number) + 1)
        case 5, 6: IPv6Address(high: 0xff3e_0000_0000_0000, low: 0x8000_0000 + UInt64(number))
        case 7: IPv6Address(high: 0xff02_0000_0000_0000, low: 0xfb)
        case 8: .allMLDv2Routers
        case 9: IPv6Address(high: 0xff01_0000_0000_0000, low: 7)
        case 10: .allNodes
        case 11: .unspecified
        case 12: source(1)
        default: IPv6Address(high: 0xff1e_0000_0001_0000, low: UInt64(number))
        }
    }

    static func source(_ number: Int) -> IPv6Address {
        switch number {
        case 254: .unspecified
        case 255: group(1)
        default: IPv6Address(high: 0x2001_0db8_0000_0000, low: UInt64(number) + 1)
        }
    }

    mutating func group() -> IPv6Address { Self.group(Int(input.octet())) }

    /// Few or, rarely, more than fit in one message.
    mutating func sources() -> [IPv6Address] {
        let count = input.octet()
        if count >= 248 {
            let first = Int(input.octet())
            return (0..<(Int(count - 247) * 16)).map { Self.source((first + $0) % 254) }
        }
        return (0..<Int(count % 8)).map { _ in Self.source(Int(input.octet())) }
    }

    // MARK: messages

    mutating func query() -> MLDQuery {
        let flags = input.octet()
        let group = flags & 1 == 0 ? IPv6Address.unspecified : group()
        return MLDQuery(
            version: flags & 2 == 0 ? .mldv2 : .mldv1, maximumResponseDelay: UInt32(input.octet()) << (flags & 12),
            group: group, suppressRouterSideProcessing: flags & 16 != 0, robustnessVariable: flags >> 5,
            queryInterval: QueryIntervalCode(rawValue: input.octet()).seconds,
            sources: group.isUnspecified ? [] : sources())
    }

    /// ICMPv6 octets of a report, of any record types and with auxiliary data.
    mutating func report() -> [UInt8] {
        let count = 1 + input.octet() % 4
        var octets: [UInt8] = [MLDMessageType.report.rawValue, 0, 0, 0, 0, 0, 0, count]
        for _ in 0..<count {
            let kind = input.octet()
            let auxiliary = kind >> 6
            let group = group()
            let sources = sources()
            octets += [kind & 7, auxiliary, UInt8(sources.count >> 8), UInt8(sources.count & 255)]
            octets += group.octets
            for source in sources { octets += source.octets }
            octets += [UInt8](repeating: kind, count: 4 * Int(auxiliary))
        }
        return octets
    }
}
