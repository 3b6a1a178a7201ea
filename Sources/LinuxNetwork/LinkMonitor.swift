import CLibNL
import CLinux
import Glibc

/// The interfaces of a network namespace and their changes, by routing netlink (libnl).
public struct LinkMonitor: ~Copyable {
    private let socket: OpaquePointer
    private let manager: OpaquePointer
    private let caches: [OpaquePointer]
    private let table: LinkTable
    /// For asking again when reports were lost.
    private let requests: NetlinkSocket

    /// To be watched for readability, then `process`.
    public let descriptor: Int32

    /// Reads all links and addresses of the calling thread's namespace and subscribes to their changes.
    ///
    /// - Parameter receiveBuffer: octets. When changes come faster than they are processed and overrun it, everything
    ///   is read again; nothing is missed.
    public init(receiveBuffer: Int = 1 << 20) throws(NetlinkError) {
        let requests = try NetlinkSocket()
        let table = LinkTable()
        guard let socket = nl_socket_alloc() else { throw NetlinkError("nl_socket_alloc", code: NLE_NOMEM) }
        var manager: OpaquePointer?
        let status = nl_cache_mngr_alloc(socket, NETLINK_ROUTE, 0, &manager)
        guard status >= 0, let manager else {
            nl_socket_free(socket)
            throw NetlinkError("watch links", code: status)
        }
        var caches: [OpaquePointer] = []
        do {
            nl_socket_set_buffer_size(socket, Int32(clamping: receiveBuffer), 0)
            let context = Unmanaged.passUnretained(table).toOpaque()
            for socket in [socket, requests.handle] {
                nl_socket_modify_cb(socket, NL_CB_MSG_IN, NL_CB_CUSTOM, Self.received, context)
            }
            for name in ["route/link", "route/addr"] {
                var cache: OpaquePointer?
                try checkNetlink("read \(name)", nl_cache_mngr_add(manager, name, Self.changed, context, &cache))
                if let cache { caches.append(cache) }
            }
            // Once more, on a socket whose messages can be seen.
            if let links = caches.first { try Self.read(links, again: requests, into: table) }
        } catch {
            nl_cache_mngr_free(manager)
            nl_socket_free(socket)
            throw error
        }
        for cache in caches {
            var object = nl_cache_get_first(cache)
            while let current = object {
                table.update(current, isGone: false)
                object = nl_cache_get_next(current)
            }
        }
        _ = table.takeChanges()
        descriptor = nl_cache_mngr_get_fd(manager)
        self.socket = socket
        self.table = table
        self.manager = manager
        self.caches = caches
        self.requests = requests
    }

    deinit {
        nl_cache_mngr_free(manager)  // the caches, too
        nl_socket_free(socket)
    }

    /// All links as they are known now, by index.
    public var links: [Link] { table.links }

    /// The link with this name, as it is known now.
    public func link(named name: String) -> Link? { links.first { $0.name == name } }

    /// The link with this index, as it is known now.
    public func link(index: Int32) -> Link? { table.link(index) }

    /// Reads what is waiting, without blocking, and reports what it changed, if anything: once per link.
    ///
    /// A link-local address that passes duplicate address detection is a change of its link.
    public func process(_ body: ([LinkChange]) -> Void) throws(NetlinkError) {
        if nl_cache_mngr_data_ready(manager) < 0 { try resynchronize() }
        let changes = table.takeChanges()
        if !changes.isEmpty { body(changes) }
    }

    /// Reports have been lost (ENOBUFS) or were unreadable: reads everything again.
    private func resynchronize() throws(NetlinkError) {
        for cache in caches { try Self.read(cache, again: requests, into: table) }
    }

    private static func read(
        _ cache: OpaquePointer, again requests: borrowing NetlinkSocket, into table: LinkTable
    ) throws(NetlinkError) {
        let context = Unmanaged.passUnretained(table).toOpaque()
        var attempts = 0
        while true {
            let status = nl_cache_resync(requests.handle, cache, changed, context)
            attempts += 1
            if status == -NLE_DUMP_INTR && attempts < 10 { continue }  // it changed while it was being read
            try checkNetlink("read links again", status)
            return
        }
    }

    private static let changed: change_func_t = { _, object, action, context in
        guard let object, let context else { return }
        Unmanaged<LinkTable>.fromOpaque(context).takeUnretainedValue().update(object, isGone: action == NL_ACT_DEL)
    }

    private static let received: nl_recvmsg_msg_cb_t = { message, context in
        guard let message, let context, let header = nlmsg_hdr(message) else { return Int32(NL_OK.rawValue) }
        let payload = UnsafeRawBufferPointer(start: nlmsg_data(header), count: Int(max(0, nlmsg_datalen(header))))
        Unmanaged<LinkTable>.fromOpaque(context).takeUnretainedValue().read(header.pointee.nlmsg_type, payload.bytes)
        return Int32(NL_OK.rawValue)
    }
}
