import CLinux
import Glibc
public import LinuxSystem

/// Hears that unicast routing has changed in a namespace: routes, own addresses, rules, nexthops. What has changed is not
/// told: `UnicastRouteTable` is to be asked again.
public struct UnicastRouteMonitor: ~Copyable {
    private let socket: Descriptor
    private let batch: MessageBatch

    /// Subscribes to changes from now on.
    ///
    /// - Parameter receiveBuffer: octets. It need not hold all changes: what overruns it is a change as well.
    public init(receiveBuffer: Int = 64 << 10) throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = try Descriptor("routing netlink socket", Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE))
        try socket.setOption(SOL_SOCKET, SO_RCVBUF, Int32(clamping: receiveBuffer), "SO_RCVBUF")
        try check("bind routing netlink socket", lc_bind_netlink(socket.number))
        // Own addresses come and go as local routes.
        for group in [RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP] {
            try socket.setOption(
                SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Int32(group.rawValue), "NETLINK_ADD_MEMBERSHIP")
        }
        self.socket = socket
        batch = MessageBatch(capacity: 64, room: 16, control: 8)
    }

    /// To be watched for readability.
    public var descriptor: Int32 { socket.number }

    /// Takes the reports that wait, at most 64 of them, so that a storm of changes leaves time for others.
    ///
    /// - Returns: whether there were any.
    public func takeChanges() throws(SystemError) -> Bool {
        do {
            return try batch.receive(from: socket, call: "recvmmsg on a routing netlink socket") > 0
        } catch  where error.errno == ENOBUFS {
            return true
        }
    }
}
