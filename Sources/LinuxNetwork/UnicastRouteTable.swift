import CLinux
import Glibc
public import IPv6
public import LinuxSystem

/// Where unicast routing leads to an address.
public struct UnicastRoute: Equatable, Sendable {
    public enum Kind: Sendable {
        /// The address is one of this host.
        case own
        /// It is on the link: the route has no gateway, and is not the default route.
        case onLink
        /// It is behind a router.
        case routed
    }

    public var kind: Kind
    /// Interface indexes, ascending; several where paths are equally good. Of an own address: none.
    public var interfaces: [Int32]
}

/// Asks the kernel's unicast routing where addresses are, as it would send to them: rules, metrics, multipath included.
///
/// The kernel answers within the system call that asks: there is nothing to wait for.
public struct UnicastRouteTable: ~Copyable {
    private let socket: Descriptor
    private let batch: MessageBatch
    /// The number of the last request.
    private var sequence: UInt32 = 0

    public init() throws(SystemError) {
        let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        socket = try Descriptor("routing netlink socket", Glibc.socket(AF_NETLINK, type, NETLINK_ROUTE))
        batch = MessageBatch(capacity: 2, room: 8192, control: 8)
    }

    /// nil where there is no route, or one that says unreachable, blackhole or prohibit.
    public mutating func route(to address: IPv6Address) throws(SystemError) -> UnicastRoute? {
        // The route itself has all of its paths. One made of nexthop objects may not show them: then the path it chose.
        switch try ask(address, flags: UInt32(RTM_F_FIB_MATCH)) {
        case .unreachable: return nil
        case .route(let route): return route
        case .hidden:
            guard case .route(let route) = try ask(address, flags: 0) else { return nil }
            return route
        }
    }

    private mutating func ask(_ address: IPv6Address, flags: UInt32) throws(SystemError) -> UnicastRouteAnswer {
        sequence &+= 1
        var destination = address.raw
        try check("ask for the route to \(address)", lc_request_route(socket.number, &destination, sequence, flags))
        while true {
            let count = try batch.receive(from: socket, call: "recvmmsg of a route")
            for index in 0..<count {
                if let answer = try UnicastRouteAnswer(batch.octets(index).bytes, to: sequence) { return answer }
            }
            // Answers to what was asked before are passed over; without any more there is none to this.
            guard count > 0 else { throw SystemError("read the route to \(address)", errno: ENODATA) }
        }
    }
}

/// The kernel's answer to one request.
enum UnicastRouteAnswer: Equatable {
    case unreachable
    case route(UnicastRoute)
    /// A route that does not say where it leads.
    case hidden

    /// nil for the answer to another request.
    init?(_ datagram: RawSpan, to sequence: UInt32) throws(SystemError) {
        guard datagram.byteCount >= MemoryLayout<nlmsghdr>.size,
            datagram.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self) == sequence
        else { return nil }
        var answer: UnicastRouteAnswer?
        var failure: Int32?
        RouteMessage.forEach(in: datagram) { type, payload in
            switch Int32(type) {
            case NLMSG_ERROR where payload.byteCount >= 4:
                failure = -payload.unsafeLoadUnaligned(fromByteOffset: 0, as: Int32.self)
            case Int32(RTM_NEWROUTE): answer = UnicastRouteAnswer(message: payload)
            default: break
            }
        }
        switch failure {
        case nil: break
        // No route; unreachable; prohibit; blackhole; throw at the end of all rules.
        case ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL, EAGAIN: answer = .unreachable
        case let failure?: throw SystemError("ask for a route", errno: failure)
        }
        guard let answer else { return nil }
        self = answer
    }

    /// nil for what is too short.
    private init?(message: RawSpan) {
        guard message.byteCount >= MemoryLayout<rtmsg>.size else { return nil }
        let length = message.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
        switch Int(message.unsafeLoad(fromByteOffset: 7, as: UInt8.self)) {
        case RTN_LOCAL, RTN_ANYCAST:
            self = .route(UnicastRoute(kind: .own, interfaces: []))
            return
        case RTN_UNICAST: break
        default:
            self = .unreachable
            return
        }
        var interfaces: Set<Int32> = []
        var hasGateway = false
        let attributes = message.extracting(MemoryLayout<rtmsg>.size..<message.byteCount)
        RouteMessage.forEachAttribute(in: attributes) { type, value in
            switch type {
            case UInt16(RTA_OIF.rawValue) where value.byteCount == 4:
                interfaces.insert(value.unsafeLoadUnaligned(fromByteOffset: 0, as: Int32.self))
            case UInt16(RTA_GATEWAY.rawValue), UInt16(RTA_VIA.rawValue): hasGateway = true
            case UInt16(RTA_MULTIPATH.rawValue):
                RouteMessage.forEachNextHop(in: value) { interface, attributes in
                    interfaces.insert(interface)
                    RouteMessage.forEachAttribute(in: attributes) { type, _ in
                        if type == UInt16(RTA_GATEWAY.rawValue) || type == UInt16(RTA_VIA.rawValue) {
                            hasGateway = true
                        }
                    }
                }
            default: break
            }
        }
        guard !interfaces.isEmpty else {
            self = .hidden
            return
        }
        self = .route(
            UnicastRoute(kind: hasGateway || length == 0 ? .routed : .onLink, interfaces: interfaces.sorted()))
    }
}
