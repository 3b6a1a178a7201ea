import CLinux
import Glibc
public import IPv6
public import LinuxSystem

/// An address of this host, and the interface that has it.
public struct LocalAddress: Equatable, Sendable {
    public let interface: String
    public let address: IPv6Address

    /// All IPv6 addresses of this host, in the order of the kernel.
    public static func all() throws(SystemError) -> [LocalAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        try check("getifaddrs", getifaddrs(&first))
        defer { freeifaddrs(first) }
        var found: [LocalAddress] = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET6) else { continue }
            let value = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_addr }
            found.append(LocalAddress(interface: String(cString: entry.ifa_name), address: IPv6Address(value)))
        }
        return found
    }

    /// Addresses to send multicast from through an interface, the best one first: those of the interface that routers
    /// forward, then those of other interfaces, then, if allowed, link-local ones of the interface.
    static func sources(for interface: String, linkLocal: Bool) throws(SystemError) -> [IPv6Address] {
        let all = try all()
        let wide = all.filter { !$0.address.isLinkLocal && !$0.address.isLoopback }
        let narrow = all.filter {
            linkLocal && $0.interface == interface && ($0.address.isLinkLocal || $0.address.isLoopback)
        }
        let ordered = wide.filter { $0.interface == interface } + wide.filter { $0.interface != interface } + narrow
        return ordered.map(\.address)
    }
}
