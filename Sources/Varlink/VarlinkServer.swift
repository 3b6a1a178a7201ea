import CLinux
import DequeModule
import EventLoop
import Glibc
import JSONText
import LinuxSystem

/// A Varlink service (varlink.org) on a Unix stream socket: NUL-terminated JSON messages, on an event loop.
///
/// `org.varlink.service` is answered here; calls of the interfaces named go to the handler, on the loop's thread.
// @unchecked Sendable: belongs to the thread of the loop; it is Sendable so that the actor on that loop can hold it.
public final class VarlinkServer: @unchecked Sendable {
    /// What a client can make the service hold.
    public struct Limits: Sendable {
        public var connections = 256
        /// Of these only root can have the last ones.
        public var reservedForRoot = 16
        /// Connections of one user other than root.
        public var connectionsPerUser = 120
        /// A client that has had no open call for so long makes room for others, where there is none.
        public var idleTime = Duration.seconds(10)
        /// Octets of the longest call.
        public var messageOctets = 64 << 10
        /// Octets that may wait for a subscriber after the first reply.
        public var subscriberBacklog = 4 << 20
        /// Octets that may wait for all clients; beyond that the one that has not read for longest is dropped.
        public var totalBacklog = 256 << 20
        public init() {}
    }

    /// Something that an operator may want to read in the log.
    public enum Incident: Equatable, Sendable, CustomStringConvertible {
        case subscriberTooSlow(method: String)
        case messageTooLong
        case malformed(String)
        case tooManyConnections

        public var description: String {
            switch self {
            case .subscriberTooSlow(let method):
                "a control client was disconnected: it does not read the replies of \(method)"
            case .messageTooLong: "a control client was disconnected: it sent a call that is too long"
            case .malformed(let reason):
                "a control client was disconnected: it sent what is not a Varlink call: \(reason)"
            case .tooManyConnections: "a control client was refused: too many connections"
            }
        }
    }

    public let path: String
    public let limits: Limits
    /// Called for clients that were disconnected or refused.
    public var onIncident: ((Incident, VarlinkPeer) -> Void)?
    /// nil once the server has been closed.
    public var file: VarlinkSocketFile? { socket?.file }
    /// The group that owns the socket, if one was named.
    public let group: gid_t?

    /// Calls begun in one round of the loop, of all clients: descriptors get their turn in between.
    private static let callsInARound = 32

    private let service: VarlinkServiceInfo
    private let refusal: [UInt8]?
    private let loop: EpollLoop
    private let handler: (VarlinkCall) -> Void
    private var socket: ListeningSocket?
    private var sessions: [Int32: VarlinkSession] = [:]
    /// Sessions that may have a call to begin, each once.
    private var turns: Deque<VarlinkSession> = []
    /// Calls whose owners are still to be told of their end.
    private var endedCalls: [VarlinkCall] = []
    private var isTurnRequested = false
    /// Given up for a moment when the process has no descriptors left, to refuse a client instead of spinning.
    private var spare: Descriptor?
    /// For reads of all sessions.
    var scratch = [UInt8](repeating: 0, count: 64 << 10)

    /// Begins to listen. Missing directories of the path are made (0755); the socket of a process that is gone is
    /// replaced. The group is a name or a number, nil leaves the process's own.
    ///
    /// - Parameter refusal: the error that a client is answered for whom there is no connection left, with its interface.
    public init(
        path: String, mode: mode_t, group: String?, service: VarlinkServiceInfo, limits: Limits = Limits(),
        refusal: String? = nil, on loop: EpollLoop, handler: @escaping (VarlinkCall) -> Void
    ) throws(VarlinkListenError) {
        let socket = try ListeningSocket.listening(path: path, mode: mode, group: group)
        let number = socket.descriptor.number
        self.path = path
        self.limits = limits
        self.service = service
        self.refusal = refusal.map { ReplyMessage.octets(parameters: NoMembers(), error: $0) }
        self.loop = loop
        self.handler = handler
        self.group = socket.group
        self.socket = consume socket
        spare = Self.spareDescriptor()
        do throws(SystemError) {
            try loop.watch(number) { [weak self] _ in self?.accept(number) }
        } catch {
            throw .failed(error)
        }
    }

    deinit { close() }

    /// Ends all connections and removes the socket's file.
    public func close() {
        if let number = socket?.descriptor.number { loop.unwatch(number) }
        socket = nil
        var calls = endedCalls
        endedCalls = []
        for session in sessions.values {
            if let call = session.current { calls.append(call) }
            session.close()
        }
        for call in calls { call.tellOwner() }
    }

    /// Clients connected now.
    public var connections: Int { sessions.count }

    // MARK: connections

    private func accept(_ number: Int32) {
        for _ in 0..<16 {
            let accepted = accept4(number, __SOCKADDR_ARG(), nil, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            if accepted < 0 {
                if errno == EMFILE || errno == ENFILE { refuseOne(number) }
                return
            }
            add(Descriptor(owning: accepted))
        }
    }

    private func add(_ descriptor: consuming Descriptor) {
        guard let peer = try? VarlinkPeer(of: descriptor.number) else { return }
        let held = sessions.values.map { session in
            ConnectionPolicy.Connection(
                number: session.number, uid: session.peer.uid, isEnding: session.isEnding,
                hasOpenCall: session.current != nil, lastActive: max(session.lastCall, session.lastProgress))
        }
        switch ConnectionPolicy(limits: limits).decision(about: peer, beside: held, at: .now) {
        case .refuse: return refuse(descriptor, peer)
        case .replace(let number): sessions[number]?.close()
        case .accept: break
        }
        // A client that has gone already is no incident.
        guard let session = try? VarlinkSession(descriptor, peer, of: self, on: loop) else { return }
        sessions[session.number] = session
    }

    private func refuseOne(_ number: Int32) {
        spare = nil
        let accepted = accept4(number, __SOCKADDR_ARG(), nil, Int32(SOCK_CLOEXEC.rawValue))
        if accepted >= 0 {
            let descriptor = Descriptor(owning: accepted)
            if let peer = try? VarlinkPeer(of: descriptor.number) { refuse(descriptor, peer) }
        }
        spare = Self.spareDescriptor()
    }

    private func refuse(_ descriptor: consuming Descriptor, _ peer: VarlinkPeer) {
        if let refusal { send(descriptor.number, refusal, refusal.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
        report(.tooManyConnections, peer)
    }

    private static func spareDescriptor() -> Descriptor? {
        try? Descriptor("open /dev/null", open("/dev/null", O_RDONLY | O_CLOEXEC))
    }

    func forget(_ session: VarlinkSession) {
        if sessions[session.number] === session { sessions[session.number] = nil }
    }

    func report(_ incident: Incident, _ peer: VarlinkPeer) { onIncident?(incident, peer) }

    /// Keeps what waits for all clients within its bound.
    func relieve(after session: VarlinkSession) {
        guard session.unsent > limits.totalBacklog / max(limits.connections, 1) else { return }
        while sessions.values.reduce(0, { $0 + $1.unsent }) > limits.totalBacklog {
            let waiting = sessions.values.filter { $0.unsent > 0 }
            guard let slowest = waiting.min(by: { $0.lastProgress < $1.lastProgress }) else { return }
            report(.subscriberTooSlow(method: slowest.current?.method ?? "earlier calls"), slowest.peer)
            slowest.close()
        }
    }

    // MARK: turns

    /// Gives the session a turn soon, after the handlers of this round of the loop.
    func queue(_ session: VarlinkSession) {
        guard !session.isQueued else { return }
        session.isQueued = true
        turns.append(session)
        requestTurn()
    }

    /// Tells the call's owner soon.
    func ended(_ call: VarlinkCall) {
        guard call.onEnd != nil else { return }
        endedCalls.append(call)
        requestTurn()
    }

    private func requestTurn() {
        guard !isTurnRequested else { return }
        isTurnRequested = true
        loop.postpone { [weak self] in self?.giveTurns() }
    }

    private func giveTurns() {
        isTurnRequested = false
        let calls = endedCalls
        endedCalls = []
        for call in calls { call.tellOwner() }
        for _ in 0..<Self.callsInARound {
            guard let session = turns.popFirst() else { return }
            session.isQueued = false
            session.takeTurn()
        }
        if !turns.isEmpty { requestTurn() }
    }

    // MARK: calls

    func begin(_ call: VarlinkCall) {
        let interface = call.method.split(separator: ".").dropLast().joined(separator: ".")
        if interface == VarlinkServiceInfo.serviceName {
            serve(call)
        } else if service.interfaces[interface] != nil {
            handler(call)
        } else {
            call.fail(.interfaceNotFound(interface))
        }
    }

    private func serve(_ call: VarlinkCall) {
        switch call.method.dropFirst(VarlinkServiceInfo.serviceName.count) {
        case ".GetInfo": call.reply(service)
        case ".GetInterfaceDescription":
            do throws(VarlinkServiceError) {
                let wanted = try call.parameters(as: InterfaceName.self).interface
                guard let text = service.description(of: wanted) else { throw .interfaceNotFound(wanted) }
                call.reply(InterfaceDescription(description: text))
            } catch {
                call.fail(error)
            }
        default: call.fail(.methodNotFound(call.method))
        }
    }
}

private struct InterfaceName: Decodable {
    var interface: String
}

private struct InterfaceDescription: JSONWritable {
    var description: String
    func write(to json: inout JSONWriter) { json.object { $0.member("description", description) } }
}
