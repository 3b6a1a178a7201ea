import CLinux
import Glibc

/// The address of a Unix socket in the file system.
struct UnixSocketAddress {
    /// Octets of the longest path, without the NUL.
    static let longestPath = 107
    private var raw = sockaddr_un()

    /// nil if the path is empty, too long or holds a NUL.
    init?(_ path: String) {
        let octets = Array(path.utf8)
        guard (1...Self.longestPath).contains(octets.count), !octets.contains(0) else { return nil }
        raw.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: octets) }
    }

    func withPointer<R>(_ body: (__CONST_SOCKADDR_ARG, socklen_t) -> R) -> R {
        withUnsafePointer(to: raw) {
            // A transparent union of pointers to all kinds of addresses.
            body(__CONST_SOCKADDR_ARG(__sockaddr_un__: $0), socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
