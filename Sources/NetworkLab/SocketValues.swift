import CLinux
import Glibc
import IPv6
import LinuxSystem

extension IPv6Address {
    init(_ address: in6_addr) {
        var address = address
        self = withUnsafeBytes(of: &address) { IPv6Address(RawSpan(_unsafeBytes: $0), at: 0) }
    }
}

extension in6_addr {
    init(_ address: IPv6Address) {
        self.init()
        withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: address.octets) }
    }
}

extension sockaddr_in6 {
    init(_ address: IPv6Address, port: UInt16) {
        self.init()
        sin6_family = sa_family_t(AF_INET6)
        sin6_port = port.bigEndian
        sin6_addr = in6_addr(address)
    }
}

extension sockaddr_storage {
    init(_ address: IPv6Address) {
        self.init()
        withUnsafeMutableBytes(of: &self) { $0.storeBytes(of: sockaddr_in6(address, port: 0), as: sockaddr_in6.self) }
    }
}

/// A UDP socket bound to an address, made in the namespace of the calling thread.
func makeUDPSocket(boundTo address: IPv6Address, port: UInt16, sharing: Bool) throws(SystemError) -> Int32 {
    var name = in6_addr(address)
    return try check("a UDP socket on [\(address)]:\(port)", lc_bound_udp_socket(&name, port, sharing ? 1 : 0))
}

/// Sets a socket option to a plain C value.
func setOption<T: BitwiseCopyable>(
    _ descriptor: Int32, level: Int32 = Int32(IPPROTO_IPV6), _ option: Int32, _ what: @autoclosure () -> String,
    to value: T
) throws(SystemError) {
    var value = value
    try check(what(), setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<T>.size)))
}
