import CLinux
import Glibc

/// Tells the service manager what state the agent is in (sd_notify(3)); does nothing where there is none.
public struct ServiceNotifier: Sendable {
    private let path: String?

    public init() { path = getenv("NOTIFY_SOCKET").map { String(cString: $0) } }

    /// - Parameter state: a line of sd_notify(3), such as `READY=1`.
    public func send(_ state: String) {
        guard let path, path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        guard octets.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { field in
            field.copyBytes(from: octets)
            if octets.first == UInt8(ascii: "@") { field[0] = 0 }  // an abstract name
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + octets.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A manager that does not read must not stop what it manages.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let message = Array(state.utf8)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    descriptor, message, message.count, Int32(MSG_NOSIGNAL), __CONST_SOCKADDR_ARG(__sockaddr__: $0),
                    length)
            }
        }
    }
}
