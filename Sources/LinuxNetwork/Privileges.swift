import CLinux

/// What this thread may do (capabilities(7), the effective set).
public struct Privileges: OptionSet, Sendable, CustomStringConvertible {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// CAP_NET_ADMIN: multicast routing, links, large receive buffers.
    public static let networkAdministration = Privileges(rawValue: 1 << UInt64(CAP_NET_ADMIN))
    /// CAP_NET_RAW: raw and packet sockets.
    public static let rawSockets = Privileges(rawValue: 1 << UInt64(CAP_NET_RAW))
    /// Both that a router needs.
    public static let routing: Privileges = [.networkAdministration, .rawSockets]

    /// Those that are effective now. In a user namespace they count only for what belongs to it.
    public static var effective: Privileges { Privileges(rawValue: lc_effective_capabilities()) }

    /// The names of those that a router can need: `CAP_NET_ADMIN and CAP_NET_RAW`.
    public var description: String {
        var names: [String] = []
        if contains(.networkAdministration) { names.append("CAP_NET_ADMIN") }
        if contains(.rawSockets) { names.append("CAP_NET_RAW") }
        return names.isEmpty ? "none" : names.joined(separator: " and ")
    }
}
