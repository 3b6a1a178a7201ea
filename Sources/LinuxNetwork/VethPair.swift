import CLibNL
import CLinux
import Glibc

/// Two Ethernet interfaces back to back, without any address of their own.
public struct VethPair: Equatable, Sendable {
    public let name: String
    public let peerName: String
    /// Interface indexes.
    public let index: Int32
    public let peerIndex: Int32

    /// Makes the pair in the calling thread's namespace and sets both ends up, with no link-local address.
    ///
    /// A pair of these very names, left by a process that was killed, is taken over as it is, indexes included, so
    /// that a sender bound to it goes on.
    /// - Parameter mtu: octets, of both ends.
    /// - Throws: `nameTaken` if either name belongs to any other interface.
    public static func create(_ name: String, _ peerName: String, mtu: Int = 1500) throws(VethPairError) -> VethPair {
        let result: Result<VethPair, VethPairError>
        do throws(NetlinkError) {
            result = try establish(name, peerName, mtu: mtu)
        } catch {
            throw .failed(error)
        }
        return try result.get()
    }

    private static func establish(_ name: String, _ peerName: String, mtu: Int) throws(NetlinkError)
        -> Result<VethPair, VethPairError>
    {
        let socket = try NetlinkSocket()
        let found = try socket.link(named: name)?.identity
        let foundPeer = try socket.link(named: peerName)?.identity
        if let found {
            guard let foundPeer, found.isPair(with: foundPeer) else {
                return .failure(.nameTaken(name, kind: found.kind))
            }
        } else if let foundPeer {
            return .failure(.nameTaken(peerName, kind: foundPeer.kind))
        } else {
            try socket.addVethPair(name, peerName)
        }
        let index = try socket.configure(name, mtu: mtu)
        let peerIndex = try socket.configure(peerName, mtu: mtu)
        return .success(VethPair(name: name, peerName: peerName, index: index, peerIndex: peerIndex))
    }

    /// Removes both ends. A pair that is gone, or whose name now belongs to another interface, is no error.
    public func remove() throws(NetlinkError) {
        let socket = try NetlinkSocket()
        guard let link = try socket.link(named: name), link.index == index else { return }
        let status = rtnl_link_delete(socket.handle, link.handle)
        if status == -NLE_NODEV || status == -NLE_OBJ_NOTFOUND { return }
        try checkNetlink("remove veth pair \(name), \(peerName)", status)
    }
}

/// Why a veth pair cannot be made.
public enum VethPairError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An interface of this name exists and is not an end of the pair asked for; its kind, if it has one.
    case nameTaken(String, kind: String)
    case failed(NetlinkError)

    public var description: String {
        switch self {
        case .nameTaken(let name, let kind):
            "interface \(name) exists already and is not ours\(kind.isEmpty ? "" : " (\(kind))"): "
                + "remove it (ip link delete \(name)) or choose another name"
        case .failed(let error): error.description
        }
    }
}

/// What tells whether two interfaces are the ends of one pair.
private struct LinkIdentity {
    var index: Int32
    var kind: String
    /// The other end's index, in the namespace of that end.
    var peer: Int32

    func isPair(with other: LinkIdentity) -> Bool {
        kind == "veth" && other.kind == "veth" && peer == other.index && other.peer == index
    }
}

/// A link as libnl read it.
private struct LinkObject: ~Copyable {
    let handle: OpaquePointer

    deinit { rtnl_link_put(handle) }

    var index: Int32 { rtnl_link_get_ifindex(handle) }
    var identity: LinkIdentity {
        LinkIdentity(
            index: index, kind: rtnl_link_get_type(handle).map { String(cString: $0) } ?? "",
            peer: rtnl_link_get_link(handle))
    }
}

extension NetlinkSocket {
    /// nil if there is no link of this name.
    fileprivate func link(named name: String) throws(NetlinkError) -> LinkObject? {
        var link: OpaquePointer?
        let status = rtnl_link_get_kernel(handle, 0, name, &link)
        if status == -NLE_NODEV || status == -NLE_OBJ_NOTFOUND { return nil }
        try checkNetlink("read link \(name)", status)
        guard let link else { return nil }
        return LinkObject(handle: link)
    }

    /// Both ends in this socket's namespace. (libnl's own function puts the second into that of a process, which need
    /// not be that of the calling thread.)
    fileprivate func addVethPair(_ name: String, _ peerName: String) throws(NetlinkError) {
        guard let link = rtnl_link_veth_alloc() else { throw NetlinkError("rtnl_link_veth_alloc", code: NLE_NOMEM) }
        defer { rtnl_link_put(link) }
        guard let peer = rtnl_link_veth_get_peer(link) else {
            throw NetlinkError("rtnl_link_veth_get_peer", code: NLE_NOMEM)
        }
        defer { rtnl_link_put(peer) }
        rtnl_link_set_name(link, name)
        rtnl_link_set_name(peer, peerName)
        try checkNetlink(
            "create veth pair \(name), \(peerName)", rtnl_link_add(handle, link, NLM_F_CREATE | NLM_F_EXCL))
    }

    /// No automatic addresses, the MTU, up. Answers the interface's index.
    fileprivate func configure(_ name: String, mtu: Int) throws(NetlinkError) -> Int32 {
        guard let link = try link(named: name) else { throw NetlinkError("read link \(name)", code: NLE_NODEV) }
        guard let changes = rtnl_link_alloc() else { throw NetlinkError("rtnl_link_alloc", code: NLE_NOMEM) }
        defer { rtnl_link_put(changes) }
        rtnl_link_set_mtu(changes, UInt32(clamping: mtu))
        let none = UInt8(truncatingIfNeeded: IN6_ADDR_GEN_MODE_NONE.rawValue)
        try checkNetlink("address generation of \(name)", rtnl_link_inet6_set_addr_gen_mode(changes, none))
        try checkNetlink("configure \(name)", rtnl_link_change(handle, link.handle, changes, 0))
        guard let up = rtnl_link_alloc() else { throw NetlinkError("rtnl_link_alloc", code: NLE_NOMEM) }
        defer { rtnl_link_put(up) }
        rtnl_link_set_flags(up, UInt32(IFF_UP))
        try checkNetlink("set \(name) up", rtnl_link_change(handle, link.handle, up, 0))
        return link.index
    }
}
