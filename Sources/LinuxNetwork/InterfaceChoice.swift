import CLinux
import Glibc
public import LinuxSystem

/// Which interface to use for multicast when nobody has named one.
public enum InterfaceChoice {
    /// The interface of the default route, else the first one that is up, can multicast and is not the loopback; nil if
    /// there is none.
    public static func preferred() throws(SystemError) -> String? {
        let usable = try usable()
        if let routed = defaultRoute(), usable.contains(routed) { return routed }
        return usable.first
    }

    /// Interfaces that are up and running, can multicast and are not the loopback, in the order of their numbers.
    public static func usable() throws(SystemError) -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        try check("getifaddrs", getifaddrs(&first))
        defer { freeifaddrs(first) }
        let wanted = UInt32(IFF_UP | IFF_RUNNING | IFF_MULTICAST)
        var found: Set<String> = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & wanted == wanted, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0 else { continue }
            found.insert(String(cString: entry.ifa_name))
        }
        return found.sorted { if_nametoindex($0) < if_nametoindex($1) }
    }

    /// RTF_REJECT of <linux/route.h>: an unreachable route, which the kernel has for want of a real one.
    private static let rejecting: UInt32 = 0x0200

    /// The interface of the IPv6 default route with the lowest metric.
    public static func defaultRoute() -> String? {
        // Of the thread, not of the process: a thread can be in another network namespace.
        guard let file = fopen("/proc/thread-self/net/ipv6_route", "re") else { return nil }
        defer { fclose(file) }
        var best: (metric: UInt32, name: String)?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            // destination, its length, source, its length, next hop, metric, references, uses, flags, name
            let fields = String(cString: text).split(whereSeparator: \.isWhitespace)
            guard fields.count == 10, fields[1] == "00", fields[0].allSatisfy({ $0 == "0" }),
                let metric = UInt32(fields[5], radix: 16), let flags = UInt32(fields[8], radix: 16),
                flags & rejecting == 0
            else { continue }
            if metric < best?.metric ?? .max { best = (metric, String(fields[9])) }
        }
        return best?.name
    }
}
