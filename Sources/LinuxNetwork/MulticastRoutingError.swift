public import LinuxSystem

/// Why the kernel's multicast forwarding cannot be had or changed.
public enum MulticastRoutingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// CAP_NET_ADMIN or CAP_NET_RAW is missing.
    case notPermitted
    /// The kernel has no IPv6, or was built without CONFIG_IPV6_MROUTE, or a table other than 0 was asked for and it
    /// was built without CONFIG_IPV6_MROUTE_MULTIPLE_TABLES.
    case notSupported(table: UInt32)
    /// Another socket owns the table. The kernel does not say which: these are the processes that can be it, known
    /// multicast routing programs first; more than one, unless it is the only one with a raw ICMPv6 socket.
    case tableOwned(table: UInt32, by: [ProcessDescription])
    /// A request that the kernel would take and get wrong; what is wrong with it.
    case invalid(String)
    case system(SystemError)

    public var description: String {
        switch self {
        case .notPermitted:
            return "multicast routing is not permitted: run as root, or with CAP_NET_ADMIN and CAP_NET_RAW"
        case .notSupported(table: 0):
            return "this kernel cannot route IPv6 multicast: it needs CONFIG_IPV6_MROUTE"
        case .notSupported(let table):
            return "this kernel has no multicast routing table \(table): it needs CONFIG_IPV6_MROUTE_MULTIPLE_TABLES"
        case .tableOwned(let table, let owners):
            let names = owners.map(\.description).joined(separator: ", ")
            let who =
                switch owners.count {
                case 0: "another process, which is not visible from here"
                case 1: names
                default: "one of \(names)"
                }
            return "IPv6 multicast routing table \(table) is owned by \(who): stop that program first"
        case .invalid(let reason): return reason
        case .system(let error): return error.description
        }
    }
}
