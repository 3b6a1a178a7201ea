/// Whose view of the link a replay takes.
public enum ReplayRole: String, Sendable, CaseIterable {
    /// A router's: reports from `::` are dropped (RFC 9777 §5.2.14).
    case router
    /// A snooping switch's: it counts them too (RFC 4541 §3).
    case snooper
}
