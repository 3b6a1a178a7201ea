import CLinux
import Glibc
import LinuxSystem

/// Who is at the other end of a Unix socket, as the kernel noted when it connected.
public struct VarlinkPeer: Equatable, Sendable {
    public var pid: pid_t
    public var uid: uid_t
    public var gid: gid_t
    /// Supplementary groups.
    public var groups: [gid_t]

    public init(pid: pid_t, uid: uid_t, gid: gid_t, groups: [gid_t] = []) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }

    /// The peer of a connected socket (SO_PEERCRED, SO_PEERGROUPS).
    init(of descriptor: Int32) throws(SystemError) {
        var credentials = ucred()
        var length = socklen_t(MemoryLayout<ucred>.size)
        try check("SO_PEERCRED", getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length))
        self.init(pid: credentials.pid, uid: credentials.uid, gid: credentials.gid)
        var groups = [gid_t](repeating: 0, count: 64)
        for _ in 0..<2 {
            length = socklen_t(groups.count * MemoryLayout<gid_t>.size)
            let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &length)
            let count = Int(length) / MemoryLayout<gid_t>.size
            if result == 0 {
                self.groups = Array(groups.prefix(count))
                return
            }
            // The kernel says how many there are if they do not fit. Without them the primary group still counts.
            guard errno == ERANGE, count <= 65536 else { return }
            groups = [gid_t](repeating: 0, count: count)
        }
    }

    /// Whether the peer is root or, if there is such a group, one of `group`.
    public func isRoot(orMemberOf group: gid_t?) -> Bool {
        uid == 0 || group.map { $0 == gid || groups.contains($0) } ?? false
    }
}
