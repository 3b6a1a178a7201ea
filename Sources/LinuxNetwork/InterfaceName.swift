import CLinux
import Glibc
public import LinuxSystem

/// The kernel's own name and number of an interface that somebody has named.
public struct InterfaceName: Equatable, Sendable {
    public let name: String
    public let index: UInt32

    /// IFLA_ALT_IFNAME of <linux/if_link.h>: an alternative name, of up to 127 octets; the kernel takes the first one for it, too.
    private static let alternativeName: UInt16 = 53
    private static let longestName = 127

    /// Finds the interface with a name or alternative name (`ip link property add dev IF altname NAME`).
    ///
    /// - Returns: nil if the calling thread's network namespace has none of this name.
    /// - Throws: `SystemError` if the kernel could not be asked.
    public static func resolve(_ name: String) throws(SystemError) -> InterfaceName? {
        guard 1...longestName ~= name.utf8.count, !name.utf8.contains(0) else { return nil }
        let type = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = try Descriptor("routing netlink socket", Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE))
        let query = request(name)
        let sent = query.withUnsafeBytes { send(socket.number, $0.baseAddress, $0.count, 0) }
        guard sent == query.count else { throw SystemError("ask for interface \(name)") }
        var answer = [UInt8](repeating: 0, count: 32_768)
        let count = answer.withUnsafeMutableBytes { recv(socket.number, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw SystemError("ask for interface \(name)") }
        var found: InterfaceName?
        var failure: Int32 = 0
        RouteMessage.forEach(in: answer.span.bytes.extracting(first: count)) { type, message in
            switch Int32(type) {
            case Int32(RTM_NEWLINK): found = InterfaceName(message: message)
            case NLMSG_ERROR where message.byteCount >= 4:
                failure = -message.unsafeLoadUnaligned(fromByteOffset: 0, as: Int32.self)
            default: break
            }
        }
        if failure == EINVAL || failure == EOPNOTSUPP { return older(name) }
        guard failure == 0 || failure == ENODEV else { throw SystemError("ask for interface \(name)", errno: failure) }
        return found
    }

    private init(name: String, index: UInt32) {
        self.name = name
        self.index = index
    }

    private init?(message: RawSpan) {
        let header = MemoryLayout<ifinfomsg>.size
        guard message.byteCount >= header else { return nil }
        index = message.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)
        var name: String?
        RouteMessage.forEachAttribute(in: message.extracting(droppingFirst: header)) { type, value in
            guard type == UInt16(IFLA_IFNAME) else { return }
            name = value.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        guard let name else { return nil }
        self.name = name
    }

    /// A kernel before 5.5, which has no alternative names.
    private static func older(_ name: String) -> InterfaceName? {
        let index = if_nametoindex(name)
        return index == 0 ? nil : InterfaceName(name: name, index: index)
    }

    /// RTM_GETLINK for one interface, by name (rtnetlink(7)).
    private static func request(_ name: String) -> [UInt8] {
        let header = MemoryLayout<nlmsghdr>.size + MemoryLayout<ifinfomsg>.size
        let attribute = 4 + name.utf8.count + 1
        var octets: [UInt8] = []
        octets.reserveCapacity(header + attribute + 3)
        func put<Value>(_ value: Value) { withUnsafeBytes(of: value) { octets.append(contentsOf: $0) } }
        put(
            nlmsghdr(
                nlmsg_len: UInt32(header + (attribute + 3) & ~3), nlmsg_type: UInt16(RTM_GETLINK),
                nlmsg_flags: UInt16(NLM_F_REQUEST), nlmsg_seq: 1, nlmsg_pid: 0))
        put(ifinfomsg())
        put(UInt16(attribute))
        put(alternativeName)
        octets += Array(name.utf8) + [0]
        while octets.count % 4 != 0 { octets.append(0) }
        return octets
    }
}
