public import IPv6

/// Which groups may have state on a link.
public struct GroupFilter: Sendable, Equatable {
    /// Groups within one of these may; empty: all.
    public var allowed: [IPv6Prefix]
    /// Groups within one of these may not, even if allowed.
    public var denied: [IPv6Prefix]

    public init(allowed: [IPv6Prefix] = [], denied: [IPv6Prefix] = []) {
        self.allowed = allowed
        self.denied = denied
    }

    public func allows(_ group: IPv6Address) -> Bool {
        (allowed.isEmpty || allowed.contains { $0.contains(group) }) && !denied.contains { $0.contains(group) }
    }
}
