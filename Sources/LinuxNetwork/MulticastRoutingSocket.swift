import CLinux
import Glibc
public import IPv6
public import LinuxSystem

/// Traffic that one multicast route has seen, since it was added.
public struct MulticastRouteCounters: Equatable, Sendable {
    /// Also those that came in on the wrong MIF. A packet that arrived merged with others (GRO, GSO) counts once with
    /// them: rates are better taken from `bytes`.
    public var packets: UInt64
    /// Whole IPv6 packets, headers included.
    public var bytes: UInt64
    /// Packets that came in on another MIF and were dropped.
    public var wrongInterface: UInt64
}

/// The owner of one multicast forwarding table of the kernel: interfaces, routes, upcalls, counters.
///
/// A table has one owner. When it goes, by `deinit` or with its process, the kernel flushes the owner's MIFs and routes and stops
/// forwarding. Interfaces are to be taken out in time: the kernel itself drops the MIF of a device that vanishes.
public struct MulticastRoutingSocket: ~Copyable {
    private let socket: Descriptor
    private let batch: MessageBatch
    private let state: MulticastInterfaces

    /// The table's number.
    public let table: UInt32
    /// The receive buffer that the kernel gave, in octets as it counts them. It bounds how many flows can wait for a route.
    public let receiveBufferSize: Int

    /// Becomes the owner of a table.
    ///
    /// - Parameters:
    ///   - table: 0 is the default table; others need an `ip -6 mrule` to be used.
    ///   - receiveBuffer: octets to ask for.
    public init(table: UInt32 = 0, receiveBuffer: Int = 4 << 20) throws(MulticastRoutingError) {
        do {
            let type = Int32(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let socket = try Descriptor(
                "raw ICMPv6 socket for multicast routing", Glibc.socket(AF_INET6, type, Int32(IPPROTO_ICMPV6)))
            // Upcalls pass by the filter; nothing from the network shall come this way.
            try check("setsockopt ICMP6_FILTER", lc_icmpv6_pass_only(socket.number, nil, 0))
            let size = try socket.enlargeReceiveBuffer(to: receiveBuffer)
            let batch = MessageBatch(capacity: 32, room: 64, control: 8)
            while try batch.receive(from: socket, call: "recvmmsg") > 0 {}  // what came before the filter
            let level = Int32(IPPROTO_IPV6)
            if table != 0 { try socket.setOption(level, MRT6_TABLE, table, "MRT6_TABLE") }
            try socket.setOption(level, MRT6_INIT, Int32(1), "MRT6_INIT")
            // Without PIM mode, wrongMIF comes only for packets on one of the route's outgoing MIFs.
            do {
                try socket.setOption(level, MRT6_PIM, Int32(1), "MRT6_PIM")
            } catch  where error.errno == ENOPROTOOPT {
                try socket.setOption(level, MRT6_ASSERT, Int32(1), "MRT6_ASSERT")
            }
            self.socket = socket
            self.batch = batch
            receiveBufferSize = size
            self.table = table
            state = MulticastInterfaces()
        } catch {
            throw MulticastRoutingError(opening: table, error)
        }
    }

    /// To be watched for readability: upcalls.
    public var descriptor: Int32 { socket.number }

    /// Upcalls that the kernel dropped because the buffer was full; wraps at 2³².
    public var drops: UInt32 { socket.receiveDrops }

    /// The MIFs that have an interface.
    public var interfaces: MIFSet { state.installed }

    // MARK: interfaces

    /// Gives an interface a MIF. Its packets are forwarded if their hop limit is above 1.
    ///
    /// - Throws: `invalid` for an interface that has a MIF already and for an index above 65,535, which the kernel
    ///   would cut; EADDRINUSE for a MIF in use, EADDRNOTAVAIL for no such interface.
    public func add(_ mif: MIF, interface: Int32) throws(MulticastRoutingError) {
        guard let index = UInt16(exactly: interface), index > 0 else {
            throw .invalid("interface index \(interface) cannot forward multicast: the kernel takes 1 to 65535")
        }
        if let other = state.mif(of: interface) { throw .invalid("interface index \(interface) is \(other) already") }
        var request = mif6ctl()
        request.mif6c_mifi = UInt16(mif.rawValue)
        request.vifc_threshold = 1
        request.mif6c_pifi = index
        try set(MRT6_ADD_MIF, request, "add \(mif) for interface index \(interface)")
        state.insert(mif, interface: interface)
    }

    /// Takes a MIF back. One that the kernel has dropped by itself is no error. Routes keep its bits: change them, too.
    public func remove(_ mif: MIF) throws(MulticastRoutingError) {
        state.remove(mif)
        do {
            try set(MRT6_DEL_MIF, mifi_t(mif.rawValue), "remove \(mif)")
        } catch .system(let error) where error.errno == EADDRNOTAVAIL {}
    }

    // MARK: routes

    /// Adds or replaces the route of a flow. Packets that wait for it are sent on.
    ///
    /// - Parameter outgoing: none: the flow's packets are dropped in the kernel, and counted.
    /// - Throws: `invalid` for a MIF without interface and for a group of at most link scope, which is never forwarded.
    public func setRoute(source: IPv6Address, group: IPv6Address, incoming: MIF, outgoing: MIFSet)
        throws(MulticastRoutingError)
    {
        guard outgoing.isSubset(of: state.installed), state.installed.contains(MIFSet(incoming)) else {
            throw .invalid("route (\(source), \(group)) names a MIF that has no interface")
        }
        guard let scope = group.multicastScope, scope > .linkLocal else {
            throw .invalid("\(group) cannot be forwarded: it is no multicast group of more than link scope")
        }
        var request = mf6cctl()
        request.mf6cc_origin = sockaddr_in6(source)
        request.mf6cc_mcastgrp = sockaddr_in6(group)
        request.mf6cc_parent = mifi_t(incoming.rawValue)
        request.mf6cc_ifset.ifs_bits.0 = outgoing.rawValue
        try set(MRT6_ADD_MFC, request, "set route (\(source), \(group))")
    }

    /// Removes a route. One that is not there is no error.
    public func removeRoute(source: IPv6Address, group: IPv6Address) throws(MulticastRoutingError) {
        var request = mf6cctl()
        request.mf6cc_origin = sockaddr_in6(source)
        request.mf6cc_mcastgrp = sockaddr_in6(group)
        do {
            try set(MRT6_DEL_MFC, request, "remove route (\(source), \(group))")
        } catch .system(let error) where error.errno == ENOENT {}
    }

    /// What a route has counted, or nil if there is none.
    public func counters(source: IPv6Address, group: IPv6Address) throws(MulticastRoutingError)
        -> MulticastRouteCounters?
    {
        var request = sioc_sg_req6()
        request.src = sockaddr_in6(source)
        request.grp = sockaddr_in6(group)
        guard lc_multicast_route_counters(socket.number, &request) == 0 else {
            if errno == EADDRNOTAVAIL { return nil }
            throw .system(SystemError("count route (\(source), \(group))"))
        }
        return MulticastRouteCounters(
            packets: UInt64(request.pktcnt), bytes: UInt64(request.bytecnt), wrongInterface: UInt64(request.wrong_if))
    }

    private func set<Request>(_ option: Int32, _ request: Request, _ call: @autoclosure () -> String)
        throws(MulticastRoutingError)
    {
        let number = socket.number
        let status = withUnsafeBytes(of: request) { octets in
            setsockopt(number, Int32(IPPROTO_IPV6), option, octets.baseAddress, socklen_t(octets.count))
        }
        guard status == 0 else { throw .system(SystemError(call())) }
    }

    // MARK: upcalls

    /// Hands over the upcalls that wait, until none is left or `limit` is reached. Allocates nothing. `body` may use
    /// this socket.
    ///
    /// - Returns: how many messages were taken from the socket.
    @discardableResult
    public func receiveUpcalls(limit: Int = 1024, _ body: (MulticastUpcall) -> Void) throws(SystemError) -> Int {
        var total = 0
        while total < limit {
            let count = try batch.receive(from: socket, call: "recvmmsg on the multicast routing socket")
            for index in 0..<count {
                if let upcall = MulticastUpcall(parsing: batch.octets(index).bytes) { body(upcall) }
            }
            total += count
            if count < batch.capacity { break }
        }
        return total
    }
}

extension MulticastRoutingError {
    /// What an error while opening a table means.
    fileprivate init(opening table: UInt32, _ error: SystemError) {
        switch error.errno {
        case EPERM, EACCES: self = .notPermitted
        case EADDRINUSE: self = .tableOwned(table: table, by: MulticastTableOwner.candidates())
        case ENOPROTOOPT, EOPNOTSUPP, EAFNOSUPPORT, EPROTONOSUPPORT, ENOENT: self = .notSupported(table: table)
        default: self = .system(error)
        }
    }
}

/// Which MIF has which interface; apart, so that the socket's methods need no exclusive access to it.
private final class MulticastInterfaces {
    private(set) var installed = MIFSet()
    private var indexes = [Int32](repeating: 0, count: MIF.count)

    func insert(_ mif: MIF, interface: Int32) {
        installed.insert(MIFSet(mif))
        indexes[Int(mif.rawValue)] = interface
    }

    func remove(_ mif: MIF) {
        installed.remove(MIFSet(mif))
        indexes[Int(mif.rawValue)] = 0
    }

    func mif(of interface: Int32) -> MIF? {
        indexes.firstIndex(of: interface).flatMap { MIF(rawValue: UInt8($0)) }
    }
}
