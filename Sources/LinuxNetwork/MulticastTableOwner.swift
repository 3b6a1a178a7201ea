import Glibc
import LinuxSystem

/// A process as an operator knows it.
public struct ProcessDescription: Equatable, Sendable, CustomStringConvertible {
    public var pid: pid_t
    /// The program's name as the kernel keeps it: at most 15 octets.
    public var name: String

    public init(pid: pid_t, name: String) {
        self.pid = pid
        self.name = name
    }

    public var description: String { "\(name) (pid \(pid))" }
}

/// Looks for the process that owns the multicast forwarding of this network namespace.
///
/// The kernel tells nobody who it is. What /proc does tell is who has a raw ICMPv6 socket in this namespace, and the
/// owner has one. Programs that send router advertisements have one as well, so there can be several candidates.
enum MulticastTableOwner {
    /// Programs that route IPv6 multicast; they are named first.
    private static let routers: Set<String> = [
        "lcrouted", "pim6sd", "pimd", "mcproxy", "omcproxy", "smcrouted", "mrd6", "ecmh", "xorp_rtrmgr", "igmpproxy",
    ]

    /// Processes that can be the owner, likely ones first. Those whose descriptors this one may not see are left out.
    static func candidates() -> [ProcessDescription] {
        guard let table = try? ProcFile.contents("/proc/thread-self/net/raw6") else { return [] }
        let links = Set(rawICMPv6Inodes(table).map { "socket:[\($0)]" })
        guard !links.isEmpty else { return [] }
        let found = ProcFile.entries("/proc").compactMap { entry -> ProcessDescription? in
            guard let pid = pid_t(entry), holds(pid, anyOf: links) else { return nil }
            let name = (try? ProcFile.contents("/proc/\(pid)/comm")) ?? "?"
            return ProcessDescription(pid: pid, name: String(name.prefix { $0 != "\n" }))
        }
        return found.filter { routers.contains($0.name) } + found.filter { !routers.contains($0.name) }
    }

    /// The inodes of the raw sockets for protocol 58 (the "port" of a raw socket is its protocol).
    static func rawICMPv6Inodes(_ table: String) -> [UInt64] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[1].hasSuffix(":003A") else { return nil }
            return UInt64(fields[9])
        }
    }

    private static func holds(_ pid: pid_t, anyOf links: Set<String>) -> Bool {
        let directory = "/proc/\(pid)/fd"
        return ProcFile.entries(directory).contains { entry in
            ProcFile.link("\(directory)/\(entry)").map(links.contains) ?? false
        }
    }
}
