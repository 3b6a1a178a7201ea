public import JSONText
public import RouterControl

/// The last line of a replay: the tables as they are then.
public struct ReplayEnd: Equatable, Sendable, JSONWritable {
    /// One more than that of the last event.
    public var sequence: UInt64
    /// Seconds since 1970 UTC.
    public var time: Double
    /// In the order of their addresses.
    public var groups: [GroupStatus]
    /// Of the one interface that a capture is.
    public var statistics: [InterfaceStatistics]

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("sequence", sequence)
            json.member("time", time)
            json.member("event", "end")
            json.member("groups", groups)
            json.member("statistics", statistics)
        }
    }
}
