/// The settings of the listener part on one interface, with the defaults of RFC 9777 §9.
public struct MLDListenerConfiguration: Sendable, Equatable {
    /// How often every change is sent (§9.1), 1…255; 0 is taken as 1.
    public var robustnessVariable = 2
    /// The longest time between two transmissions of one change (§9.11).
    public var unsolicitedReportInterval: Duration = .seconds(1)
    /// Of the version 1 querier, which cannot tell it (§9.2); for the Older Version Querier Present Interval only.
    public var queryInterval: Duration = .seconds(125)
    /// Of the version 1 querier (§9.3); for the Older Version Querier Present Interval only.
    public var queryResponseInterval: Duration = .seconds(10)
    /// Ignore messages without the Router Alert option (§6.2).
    public var requireRouterAlert = true
    /// `.mldv1` never speaks anything but version 1 (RFC 2710).
    public var version = MLDVersion.mldv2
    /// Speak version 1 while a version 1 querier is there (§8.2.1). Without it, its queries are answered in version 2.
    public var olderQuerierCompatibility = true

    /// Sources of queries that are remembered for one group until they are answered. Beyond it the answer is about the
    /// whole group, which says more than was asked, never less.
    public var maximumQueriedSources = 512
    /// The same for all groups together.
    public var maximumQueriedSourcesTotal = 16_384

    public init() {}
}

extension MLDListenerConfiguration {
    /// The robustness variable, in its bounds.
    var robustness: Int { min(max(robustnessVariable, 1), 255) }

    /// How long version 1 is spoken after the last general query of version 1 (§9.12).
    public var olderVersionQuerierPresentInterval: Duration { queryInterval * robustness + queryResponseInterval }
}
