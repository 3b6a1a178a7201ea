import CLinux
import Glibc
import IPv6
import LinuxSystem
import Timing

/// A real kernel host's membership: a UDP socket in a node's namespace that joins a group and records what arrives.
///
/// MLD is the kernel's own. Datagrams numbered by a `LabStream` are checked for holes.
public final class LabListener: Sendable {
    public static let defaultPort: UInt16 = 5001

    /// The socket's source filter (RFC 3678).
    public enum Filter: Equatable, Sendable {
        case exclude([IPv6Address])
        case include([IPv6Address])
        /// Any source: EXCLUDE of none.
        public static let any = Filter.exclude([])
    }

    /// What arrived since the start or the last `reset`, by source.
    public struct Record: Sendable {
        public internal(set) var bySource: [IPv6Address: ArrivalRecord] = [:]

        public var count: Int { bySource.values.reduce(0) { $0 + $1.count } }
        public var missing: UInt64 { bySource.values.reduce(0) { $0 + $1.missing } }
        public var longestGap: Duration { bySource.values.map(\.longestGap).max() ?? .zero }
        public var first: Instant? { bySource.values.compactMap(\.first).min() }
        public var last: Instant? { bySource.values.compactMap(\.last).max() }
    }

    public let node: LabNode
    public let group: IPv6Address
    private let interface: UInt32
    private let socketNumber: Int32
    private let state: WaitableState<Record>
    private let thread: LabThread

    /// Makes the socket; it is no member yet.
    public init(
        on node: LabNode, interface: String = "eth0", group: IPv6Address, port: UInt16 = LabListener.defaultPort
    ) throws {
        self.node = node
        self.group = group
        let interface = try node.index(of: interface)
        let descriptor = try node.perform { try makeUDPSocket(boundTo: group, port: port, sharing: true) }
        let owned = Descriptor(owning: descriptor)
        // Only what this socket itself has joined, not what others on the host have.
        try setOption(descriptor, IPV6_MULTICAST_ALL, "IPV6_MULTICAST_ALL", to: Int32(0))
        if (try? setOption(descriptor, level: SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE", to: Int32(8 << 20))) == nil
        {
            try setOption(descriptor, level: SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", to: Int32(8 << 20))
        }
        try check("SO_TIMESTAMPNS", lc_lab_timestamps(descriptor))
        self.interface = interface
        socketNumber = owned.release()
        let state = WaitableState(Record())
        self.state = state
        thread = try LabThread { stopping in
            defer { close(descriptor) }
            Self.receive(from: descriptor, until: stopping, into: state)
        }
    }

    /// A listener that has joined already.
    public static func joined(
        _ group: IPv6Address, _ filter: Filter = .any, on node: LabNode, port: UInt16 = LabListener.defaultPort
    ) throws -> LabListener {
        let listener = try LabListener(on: node, group: group, port: port)
        try listener.join(filter)
        return listener
    }

    /// Becomes a member, or changes the source filter of the membership.
    public func join(_ filter: Filter = .any) throws(SystemError) {
        switch filter {
        case .exclude(let sources):
            // A socket's memberships by source must go before one of another mode can be.
            leave()
            try request(MCAST_JOIN_GROUP)
            for source in sources { try request(MCAST_BLOCK_SOURCE, source: source) }
        case .include(let sources):
            leave()
            for source in sources { try request(MCAST_JOIN_SOURCE_GROUP, source: source) }
        }
    }

    /// Changes the filter of a membership in one step (setsourcefilter, RFC 3678 §4.2): no moment without it.
    ///
    /// - Throws: EINVAL if this is no member.
    public func setFilter(_ filter: Filter) throws(SystemError) {
        let (mode, sources) =
            switch filter {
            case .exclude(let sources): (MCAST_EXCLUDE, sources)
            case .include(let sources): (MCAST_INCLUDE, sources)
            }
        var name = sockaddr_in6(group, port: 0)
        let list = sources.map { sockaddr_storage($0) }
        try check(
            "setsourcefilter \(group)",
            withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    setsourcefilter(
                        socketNumber, interface, name, socklen_t(MemoryLayout<sockaddr_in6>.size), UInt32(mode),
                        UInt32(list.count), list)
                }
            })
    }

    /// Leaves the group; nothing happens if this is no member.
    public func leave() { try? request(MCAST_LEAVE_GROUP) }

    /// Forgets what has arrived.
    public func reset() { state.update { $0 = Record() } }

    public var record: Record { state.update { $0 } }

    /// Waits until a datagram has arrived (since the last `reset`), from `source` if one is given; its kernel time.
    public func waitForData(from source: IPv6Address? = nil, within patience: Duration) -> Instant? {
        state.wait(until: .now + patience) { record in
            if let source { return record.bySource[source]?.first }
            return record.first
        }
    }

    /// Waits until nothing has come for `quiet`; the time of the last datagram, or nil if it never became quiet or
    /// nothing had come at all.
    public func waitForSilence(of quiet: Duration, within patience: Duration) -> Instant? {
        let deadline = Instant.now + patience
        while Instant.now < deadline {
            guard let last = record.last else { return nil }
            if Instant.now - last >= quiet { return last }
            pause(.milliseconds(10))
        }
        return nil
    }

    private func request(_ option: Int32) throws(SystemError) {
        try setOption(
            socketNumber, option, "group request \(option) for \(group)",
            to: group_req(gr_interface: interface, gr_group: sockaddr_storage(group)))
    }

    private func request(_ option: Int32, source: IPv6Address) throws(SystemError) {
        try setOption(
            socketNumber, option, "source request \(option) for \(source), \(group)",
            to: group_source_req(
                gsr_interface: interface, gsr_group: sockaddr_storage(group), gsr_source: sockaddr_storage(source)))
    }

    private static func receive(from descriptor: Int32, until stopping: Int32, into state: WaitableState<Record>) {
        var octets = [UInt8](repeating: 0, count: 65536)
        var stamped = lc_lab_datagram()
        while true {
            let ready = waitReadable([descriptor, stopping])
            if ready[1] { return }
            while true {
                let length = lc_lab_receive(descriptor, &octets, octets.count, &stamped)
                if length < 0 { break }
                let time = Instant(realtime: stamped.realtime)
                let sequence = LabStream.sequence(in: octets.span.bytes.extracting(0..<min(length, octets.count)))
                state.update {
                    $0.bySource[IPv6Address(stamped.source), default: .init()].add(
                        octets: length, at: time, sequence: sequence)
                }
            }
        }
    }
}
