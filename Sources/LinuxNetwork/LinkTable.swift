import CLibNL
import CLinux
import Glibc
import IPv6

/// Links and their addresses, kept up by libnl's change reports; remembers what has changed since last asked.
final class LinkTable {
    private struct Interface {
        var link: Link
        var master: Int32
    }
    private struct Address: Hashable {
        var interface: Int32
        var address: IPv6Address
    }

    private var interfaces: [Int32: Interface] = [:]
    private var addresses: [Int32: Set<IPv6Address>] = [:]
    /// Of bridges; libnl does not read it.
    private var snooping: [Int32: MulticastSnooping] = [:]
    /// What was published of those touched since then; nil: nothing.
    private var touched: [Int32: Link?] = [:]
    /// Those that went since then. One of the same index that came back, even with the same name, is another interface to
    /// the kernel: it has forgotten all that was said of the first.
    private var gone: Set<Int32> = []

    /// All links by index.
    var links: [Link] { interfaces.keys.sorted().compactMap(link) }

    func link(_ index: Int32) -> Link? {
        guard let interface = interfaces[index] else { return nil }
        var link = interface.link
        let master = interface.master == 0 ? nil : interfaces[interface.master]?.link
        link.isBridgePort = master?.kind == "bridge"
        link.bridge = link.isBridgePort ? master?.name : nil
        link.snooping = snooping[index]
        let usable = (addresses[index] ?? []).sorted()
        link.linkLocalAddress = usable.first { $0.isLinkLocal }
        link.addresses = usable.filter { !$0.isLinkLocal }
        return link
    }

    func takeChanges() -> [LinkChange] {
        defer {
            touched.removeAll(keepingCapacity: true)
            gone.removeAll(keepingCapacity: true)
        }
        return touched.keys.sorted().flatMap { index -> [LinkChange] in
            switch (touched[index] ?? nil, link(index)) {
            case (nil, nil): []
            case (nil, let new?): [.added(new)]
            case (let old?, nil): [.removed(old)]
            case (let old?, let new?) where gone.contains(index): [.removed(old), .added(new)]
            case (let old?, let new?): old == new ? [] : [.changed(from: old, to: new)]
            }
        }
    }

    private func touch(_ index: Int32) {
        if touched[index] == nil { touched.updateValue(link(index), forKey: index) }
    }

    /// Takes over an object of a libnl cache: a link or an address, there now or, if `isGone`, no longer.
    func update(_ object: OpaquePointer, isGone: Bool) {
        guard let type = nl_object_get_type(object) else { return }
        if strcmp(type, "route/link") == 0 {
            updateLink(object, isGone: isGone)
        } else if strcmp(type, "route/addr") == 0 {
            updateAddress(object, isGone: isGone)
        }
    }

    private func updateLink(_ object: OpaquePointer, isGone: Bool) {
        // A link's settings as a bridge port and for IPv6 come as objects of those families, with less in them, and
        // their end is not the end of the link. (A bridge itself has the bridge family, too, but also its kind.)
        guard rtnl_link_get_family(object) == AF_UNSPEC || rtnl_link_get_type(object) != nil else { return }
        let index = rtnl_link_get_ifindex(object)
        touch(index)
        if isGone {
            gone.insert(index)
            interfaces[index] = nil
            addresses[index] = nil
            snooping[index] = nil
            return
        }
        let flags = rtnl_link_get_flags(object)
        let has = { (flag: Int) -> Bool in flags & UInt32(flag) != 0 }
        interfaces[index] = Interface(
            link: Link(
                index: index, name: rtnl_link_get_name(object).map { String(cString: $0) } ?? "",
                kind: rtnl_link_get_type(object).map { String(cString: $0) } ?? "",
                isUp: has(IFF_UP), isRunning: has(IFF_UP) && has(IFF_RUNNING),
                isMulticastCapable: has(IFF_MULTICAST), isLoopback: has(IFF_LOOPBACK),
                isBridgePort: false, snooping: nil, mtu: Int(rtnl_link_get_mtu(object)), linkLocalAddress: nil,
                addresses: []),
            master: rtnl_link_get_master(object))
    }

    private func updateAddress(_ object: OpaquePointer, isGone: Bool) {
        guard rtnl_addr_get_family(object) == AF_INET6, let local = rtnl_addr_get_local(object),
            nl_addr_get_len(local) == 16, let octets = nl_addr_get_binary_addr(local)
        else { return }
        let index = rtnl_addr_get_ifindex(object)
        let address = IPv6Address(UnsafeRawBufferPointer(start: octets, count: 16).bytes, at: 0)
        let usable = rtnl_addr_get_flags(object) & UInt32(IFA_F_TENTATIVE | IFA_F_DADFAILED) == 0
        touch(index)
        if usable && !isGone {
            addresses[index, default: []].insert(address)
        } else {
            addresses[index]?.remove(address)
        }
    }

    /// Takes from a message of routing netlink what libnl leaves out of its objects: RTM_NEWLINK of a bridge.
    func read(_ type: UInt16, _ message: RawSpan) {
        let headerLength = MemoryLayout<ifinfomsg>.size
        guard type == RTM_NEWLINK, message.byteCount >= headerLength else { return }
        let index = message.unsafeLoadUnaligned(fromByteOffset: 4, as: Int32.self)
        RouteMessage.forEachAttribute(in: message.extracting(headerLength..<message.byteCount)) { type, value in
            guard type == UInt16(IFLA_LINKINFO), let found = MulticastSnooping(linkInformation: value) else { return }
            touch(index)
            snooping[index] = found
        }
    }
}

extension MulticastSnooping {
    /// From the attribute IFLA_LINKINFO; nil for what is no bridge.
    fileprivate init?(linkInformation: RawSpan) {
        var isBridge = false
        var isOn: UInt8?
        var version: UInt8?
        RouteMessage.forEachAttribute(in: linkInformation) { type, value in
            switch Int(type) {
            case IFLA_INFO_KIND: isBridge = value.holds("bridge")
            case IFLA_INFO_DATA where isBridge:
                RouteMessage.forEachAttribute(in: value) { type, value in
                    guard value.byteCount == 1 else { return }
                    let octet = value.unsafeLoad(fromByteOffset: 0, as: UInt8.self)
                    if type == UInt16(IFLA_BR_MCAST_SNOOPING) { isOn = octet }
                    if type == UInt16(IFLA_BR_MCAST_MLD_VERSION) { version = octet }
                }
            default: break
            }
        }
        guard let isOn, let version else { return nil }
        self.init(isOn: isOn != 0, mldVersion: Int(version))
    }
}

extension RawSpan {
    /// Whether it is this text, with a NUL or without.
    fileprivate func holds(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        guard byteCount == octets.count || byteCount == octets.count + 1 else { return false }
        return octets.indices.allSatisfy { unsafeLoad(fromByteOffset: $0, as: UInt8.self) == octets[$0] }
    }
}
