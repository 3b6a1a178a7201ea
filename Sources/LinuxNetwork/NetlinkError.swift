import CLibNL

/// A netlink request that libnl or the kernel refused.
public struct NetlinkError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was asked for: `create veth pair lcsrc0, lcsrc1`.
    public var call: String
    /// libnl's code (NLE_…), positive.
    public var code: Int32

    init(_ call: String, code: Int32) {
        self.call = call
        self.code = abs(code)
    }

    /// The kernel refused it for want of CAP_NET_ADMIN.
    public var isPermission: Bool { code == NLE_PERM }

    public var description: String {
        let reason = nl_geterror(code).map { String(cString: $0) } ?? "error \(code)"
        return isPermission ? "\(call): not permitted: run as root, or with CAP_NET_ADMIN" : "\(call): \(reason)"
    }
}

/// The result of a libnl call that answers a negative code on failure.
@discardableResult
func checkNetlink(_ call: @autoclosure () -> String, _ result: Int32) throws(NetlinkError) -> Int32 {
    guard result >= 0 else { throw NetlinkError(call(), code: result) }
    return result
}
