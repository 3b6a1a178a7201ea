/// Whose view of the link a replay takes.
public enum ReplayRole: String, Sendable, CaseIterable {
    /// That of the router that is querier: it knows when a leave is to be believed at once, and reports from `::` are dropped
    /// (RFC 9777 §5.2.14).
    case router
    /// A snooping switch's: it counts them too (RFC 4541 §3), and takes the querier's queries for those of another.
    case snooper
}
