import Timing

/// The intervals of a configuration in nanoseconds: `Duration` is 128 bits wide, too much work for every record.
struct RouterIntervals: Sendable {
    let listening: UInt64
    let query: UInt64
    let queryResponse: UInt64
    let startupQuery: UInt64
    let otherQuerierPresent: UInt64
    let olderHostPresent: UInt64
    let lastListenerQuery: UInt64
    let lastListenerQueryTime: UInt64
    let lastListenerQueryCount: UInt8

    init(_ configuration: MLDConfiguration) {
        listening = Self.nanoseconds(configuration.multicastAddressListeningInterval)
        query = Self.nanoseconds(configuration.queryInterval)
        queryResponse = Self.nanoseconds(configuration.queryResponseInterval)
        startupQuery = Self.nanoseconds(configuration.effectiveStartupQueryInterval)
        otherQuerierPresent = Self.nanoseconds(configuration.otherQuerierPresentInterval)
        olderHostPresent = Self.nanoseconds(configuration.olderVersionHostPresentInterval)
        lastListenerQuery = Self.nanoseconds(configuration.lastListenerQueryInterval)
        lastListenerQueryTime = Self.nanoseconds(configuration.lastListenerQueryTime)
        lastListenerQueryCount = UInt8(configuration.effectiveLastListenerQueryCount)
    }

    /// At least a millisecond, so that no timer can make the router run on the spot.
    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(max(duration.nanoseconds, 1_000_000))
    }
}

extension Instant {
    /// Saturates instead of trapping.
    @inline(__always) static func + (a: Instant, nanoseconds: UInt64) -> Instant {
        let (sum, overflow) = a.nanoseconds.addingReportingOverflow(nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }
}
