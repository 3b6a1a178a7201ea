import Glibc
import LinuxSystem

/// Names of lab namespaces in /run/netns. They outlive a process that is killed, so each holds the process id of its maker
/// and the next lab removes those of the dead.
enum ExposedNamespace {
    static let directory = "/run/netns"
    private static let prefix = "lclab-"

    static func make(_ name: String, of node: LabNode) throws {
        // `ip netns attach` takes a process or nothing else in this version of iproute2: a mount does the same.
        for path in ["/run", directory] where mkdir(path, 0o755) < 0 && errno != EEXIST {
            throw SystemError("make \(path)")
        }
        let path = "\(directory)/\(name)"
        let file = try Descriptor("make \(path)", open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444))
        _ = consume file
        guard mount(node.path, path, "none", UInt(MS_BIND), nil) == 0 else {
            let error = SystemError("mount \(path)")
            unlink(path)
            throw error
        }
    }

    static func remove(_ name: String) {
        let path = "\(directory)/\(name)"
        umount2(path, Int32(MNT_DETACH))
        unlink(path)
    }

    /// Removes what labs left behind whose process no longer lives.
    static func removeLeftovers() { remove { kill($0, 0) < 0 && errno == ESRCH } }

    /// Removes the names of this process at once; for its end by a signal.
    static func removeOwn() { remove { $0 == getpid() } }

    private static func remove(where isUnwanted: (pid_t) -> Bool) {
        for name in LabDirectory.entries(of: directory) where name.hasPrefix(prefix) {
            let parts = name.split(separator: "-")
            if parts.count >= 3, let pid = pid_t(parts[1]), isUnwanted(pid) { remove(name) }
        }
    }
}
