import LinuxSystem

/// Whether the kernel forwards IPv6 multicast in this network namespace: it does while a table has an owner.
public enum MulticastForwarding {
    /// Reads net.ipv6.conf.all.mc_forwarding.
    ///
    /// - Throws: ENOENT where the kernel has no IPv6 multicast routing.
    public static var isActive: Bool {
        get throws(SystemError) {
            try ProcFile.contents("/proc/sys/net/ipv6/conf/all/mc_forwarding").hasPrefix("1")
        }
    }
}
