import CLinux
import Glibc
import IPv6
import LinuxNetwork
import LinuxSystem
import MLD
import Testing
import Timing

extension Trait where Self == ConditionTrait {
    /// Skips what needs the kernel's network, with the reason, where that is not permitted.
    static var needsNetworkPrivileges: ConditionTrait {
        .enabled(
            if: Privileges.effective.isSuperset(of: .routing) && (try? NetworkNamespace.anonymous()) != nil,
            "needs CAP_NET_ADMIN and CAP_NET_RAW: run as root or in unshare -Urnm")
    }
}

/// A router and a host in namespaces of their own, joined by one wire: `lan0` of the router, `eth0` of the host.
///
/// No duplicate address detection, so link-local addresses work at once.
struct TestNetwork: ~Copyable {
    let router: NetworkNamespace
    let host: NetworkNamespace
    /// Interface indexes.
    let lan: Int32
    let eth: Int32

    init() throws {
        let router = try NetworkNamespace.anonymous()
        let host = try NetworkNamespace.anonymous()
        for namespace in [router.descriptor.number, host.descriptor.number] {
            for scope in ["all", "default"] {
                try sysctl("net/ipv6/conf/\(scope)/accept_dad", "0", in: namespace)
            }
            try ip("link set lo up", in: namespace)
        }
        let target = "/proc/\(getpid())/fd/\(host.descriptor.number)"
        try ip("link add lan0 type veth peer name eth0 netns \(target)", in: router.descriptor.number)
        try ip("link set lan0 up", in: router.descriptor.number)
        try ip("link set eth0 up", in: host.descriptor.number)
        try ip("address add 2001:db8:1::1/64 dev lan0 nodad", in: router.descriptor.number)
        try ip("address add 2001:db8:1::2/64 dev eth0 nodad", in: host.descriptor.number)
        let lan = try router.perform { Int32(if_nametoindex("lan0")) }
        let eth = try host.perform { Int32(if_nametoindex("eth0")) }
        try waitForLinkLocal(named: "lan0", in: router)
        try waitForLinkLocal(named: "eth0", in: host)
        self.router = router
        self.host = host
        self.lan = lan
        self.eth = eth
    }
}

/// Something that a test asked for and did not get.
struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Runs `ip` with these words in a namespace.
func ip(_ words: String, in namespace: Int32) throws {
    var options = ChildProcess.Options()
    options.networkNamespace = namespace
    let process = try ChildProcess(["ip"] + words.split(separator: " ").map(String.init), options: options)
    let exit = process.wait()
    guard exit == .code(0) else { throw TestFailure("ip \(words): \(exit)") }
}

/// Writes a setting below /proc/sys of a namespace.
func sysctl(_ name: String, _ value: String, in namespace: Int32) throws {
    var options = ChildProcess.Options()
    options.networkNamespace = namespace
    let process = try ChildProcess(["sh", "-c", "echo \(value) > /proc/sys/\(name)"], options: options)
    guard process.wait() == .code(0) else { throw TestFailure("sysctl \(name)=\(value)") }
}

/// Waits until an interface can be used.
func waitForLinkLocal(named name: String, in namespace: borrowing NetworkNamespace) throws {
    try namespace.perform {
        let monitor = try LinkMonitor()
        try eventually("link-local address on \(name)", watching: monitor.descriptor) {
            try monitor.process { _ in }
            return monitor.link(named: name)?.linkLocalAddress != nil
        }
    }
}

/// Waits until `condition` holds, looking again whenever the descriptor is readable and every few milliseconds.
///
/// The bound is generous: it only keeps a broken test from hanging.
func eventually(_ what: String, watching descriptor: Int32 = -1, _ condition: () throws -> Bool) throws {
    let deadline = Instant.now + .seconds(10)
    while true {
        if try condition() { return }
        guard Instant.now < deadline else { throw TestFailure("never happened: \(what)") }
        var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, 5)
    }
}

/// An ordinary UDP socket of a kernel host.
struct TestDatagramSocket: ~Copyable {
    let descriptor: Descriptor

    init() throws {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = try Descriptor("socket", socket(AF_INET6, type, 0))
    }

    func join(_ group: IPv6Address, interface: Int32) throws {
        try membership(IPV6_ADD_MEMBERSHIP, group, interface)
    }

    func leave(_ group: IPv6Address, interface: Int32) throws {
        try membership(IPV6_DROP_MEMBERSHIP, group, interface)
    }

    private func membership(_ option: Int32, _ group: IPv6Address, _ interface: Int32) throws {
        var request = ipv6_mreq()
        withUnsafeMutableBytes(of: &request) { $0.copyBytes(from: group.octets) }
        request.ipv6mr_interface = UInt32(interface)
        try check(
            "membership", setsockopt(descriptor.number, Int32(IPPROTO_IPV6), option, &request, socklen_t(20)))
    }

    func bind(_ address: IPv6Address = .unspecified, port: UInt16) throws {
        var address = Self.address(address, port)
        let status = withUnsafePointer(to: &address) {
            Glibc.bind(
                descriptor.number, __CONST_SOCKADDR_ARG(__sockaddr_in6__: $0),
                socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
        try check("bind", status)
    }

    func send(_ octets: [UInt8], to group: IPv6Address, port: UInt16 = 4242, interface: Int32, hops: Int32 = 8) throws {
        var index = interface
        var hops = hops
        try check("IF", setsockopt(descriptor.number, Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, &index, 4))
        try check("HOPS", setsockopt(descriptor.number, Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, &hops, 4))
        var address = Self.address(group, port)
        let sent = withUnsafePointer(to: &address) {
            sendto(
                descriptor.number, octets, octets.count, 0, __CONST_SOCKADDR_ARG(__sockaddr_in6__: $0),
                socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
        guard sent == octets.count else { throw SystemError("sendto \(group)") }
    }

    /// One datagram, if there is any.
    func receive() -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: 2048)
        let count = recv(descriptor.number, &octets, octets.count, 0)
        return count < 0 ? nil : Array(octets.prefix(count))
    }

    private static func address(_ address: IPv6Address, _ port: UInt16) -> sockaddr_in6 {
        var raw = sockaddr_in6()
        raw.sin6_family = sa_family_t(AF_INET6)
        raw.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &raw.sin6_addr) { $0.copyBytes(from: address.octets) }
        return raw
    }
}

/// One MLD message as it was heard.
struct HeardMLD: Equatable, Sendable {
    var octets: [UInt8]
    var arrival: MLDArrival

    init(_ octets: RawSpan, _ arrival: MLDArrival) {
        self.octets = octets.withUnsafeBytes(Array.init)
        self.arrival = arrival
    }

    var type: UInt8 { octets.first ?? 0 }

    /// Whether the message has this address anywhere in it.
    func names(_ address: IPv6Address) -> Bool {
        octets.indices.dropLast(15).contains { Array(octets[$0..<$0 + 16]) == address.octets }
    }
}

/// An MLD message of 24 octets: version 1, or with four more a query of version 2.
func mldMessage(type: UInt8, maximumResponse: UInt16 = 0, group: IPv6Address, rest: [UInt8] = []) -> [UInt8] {
    [type, 0, 0, 0, UInt8(maximumResponse >> 8), UInt8(maximumResponse & 0xff), 0, 0] + group.octets + rest
}

/// A whole Ethernet frame with an ICMPv6 message behind hop-by-hop options.
func mldFrame(
    _ message: [UInt8], from source: IPv6Address, to group: IPv6Address,
    options: [UInt8] = [58, 0, 5, 2, 0, 0, 1, 0], checksumError: UInt16 = 0
) -> [UInt8] {
    var message = message
    var checksum = InternetChecksum(source: source, destination: group, length: message.count, nextHeader: 58)
    checksum.add(message.span.bytes)
    let value = checksum.value ^ checksumError
    message[2] = UInt8(value >> 8)
    message[3] = UInt8(value & 0xff)
    let length = options.count + message.count
    let ethernet = [0x33, 0x33] + group.octets[12...] + [2, 0, 0, 0, 0, 9, 0x86, 0xdd]
    let header: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 0xff), options.isEmpty ? 58 : 0, 1]
    return ethernet + header + source.octets + group.octets + options + message
}

/// An address from its text; tests name only valid ones.
func address(_ text: String) throws -> IPv6Address {
    guard let address = IPv6Address(text) else { throw TestFailure("not an address: \(text)") }
    return address
}
