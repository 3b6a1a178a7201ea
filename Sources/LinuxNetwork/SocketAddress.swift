import Glibc
import IPv6

// Network-order structures of the C library to address values and back.

extension IPv6Address {
    init(_ raw: in6_addr) {
        self = withUnsafeBytes(of: raw) { octets in
            IPv6Address(
                high: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                low: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    var raw: in6_addr {
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { octets in
            octets.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
            octets.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return address
    }
}

extension sockaddr_in6 {
    init(_ address: IPv6Address) {
        self.init()
        sin6_family = sa_family_t(AF_INET6)
        sin6_addr = address.raw
    }
}
