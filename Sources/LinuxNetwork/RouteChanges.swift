import CLinux
import Glibc
public import LinuxSystem

/// Notices that IPv6 routes of the calling thread's network namespace change (RTNLGRP_IPV6_ROUTE), without reading which.
public final class RouteChanges {
    private let socket: Descriptor

    public init() throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        socket = try Descriptor("routing netlink socket", Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE))
        try check("bind routing netlink socket", lc_bind_netlink(socket.number))
        try socket.setOption(
            SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Int32(RTNLGRP_IPV6_ROUTE.rawValue), "RTNLGRP_IPV6_ROUTE")
    }

    /// To be watched for readability, then `drain`.
    public var descriptor: Int32 { socket.number }

    /// Takes the notices that wait; when there were too many of them (ENOBUFS), some are missing, which changes nothing.
    public func drain() {
        withUnsafeTemporaryAllocation(byteCount: 8_192, alignment: 8) { buffer in
            for _ in 0..<256 {
                let count = recv(socket.number, buffer.baseAddress, buffer.count, 0)
                guard count > 0 || errno == ENOBUFS || errno == EINTR else { return }
            }
        }
    }
}
