import CLibNL
import CLinux

/// A libnl socket connected to the routing family, for requests and their answers.
struct NetlinkSocket: ~Copyable {
    let handle: OpaquePointer

    init() throws(NetlinkError) {
        guard let handle = nl_socket_alloc() else { throw NetlinkError("nl_socket_alloc", code: NLE_NOMEM) }
        let status = nl_connect(handle, NETLINK_ROUTE)
        guard status >= 0 else {
            nl_socket_free(handle)
            throw NetlinkError("connect to routing netlink", code: status)
        }
        self.handle = handle
    }

    deinit { nl_socket_free(handle) }
}
