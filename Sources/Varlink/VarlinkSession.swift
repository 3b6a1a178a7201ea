import CLinux
import EventLoop
import Glibc
import LinuxSystem
import Timing

/// One client of a server. Its calls are answered one after the other, in the order in which they came; while one is
/// open, or while the client does not read its replies, no further one is begun and soon nothing more is read.
final class VarlinkSession {
    /// Replies that may wait before the next call is begun.
    private static let pause = 64 << 10

    let peer: VarlinkPeer
    let number: Int32
    /// The call being answered.
    private(set) var current: VarlinkCall?
    /// When the client last read anything, or last had nothing to read.
    private(set) var lastProgress = Instant.now
    /// Whether nothing but the rest of the replies is awaited.
    private(set) var isLeaving = false

    private var descriptor: Descriptor?
    private weak var server: VarlinkServer?
    private let subscriberBacklog: Int
    private let loop: EpollLoop
    private var incoming: MessageFramer
    private var outgoing = OutgoingMessages()
    private var inputEnded = false
    private var isDispatching = false
    private var interest: EpollLoop.Readiness = .readable

    init(_ descriptor: consuming Descriptor, of server: VarlinkServer, on loop: EpollLoop) throws(SystemError) {
        number = descriptor.number
        peer = try VarlinkPeer(of: number)
        self.server = server
        subscriberBacklog = server.limits.subscriberBacklog
        self.loop = loop
        incoming = MessageFramer(limit: server.limits.messageOctets)
        self.descriptor = consume descriptor
        try loop.watch(number) { [weak self] readiness in self?.ready(readiness) }
    }

    var isOpen: Bool { descriptor != nil }
    var unsent: Int { outgoing.unsent }

    /// Ends the connection; the open call, if any, is told.
    func close() {
        guard isOpen else { return }
        loop.unwatch(number)
        descriptor = nil
        server?.forget(self)
        endCall(told: true)
    }

    private func endCall(told: Bool) {
        let call = current
        current = nil
        let onClose = call?.onClose
        call?.onClose = nil
        if told { onClose?() }
    }

    // MARK: in

    private func ready(_ readiness: EpollLoop.Readiness) {
        // EPOLLHUP: the client has closed, so nothing can be written; what it sent before still counts.
        let hasLeft = !readiness.isDisjoint(with: .init(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue))
        do throws(SystemError) {
            if readiness.contains(.writable) { try flush() }
            if readiness.contains(.readable) || hasLeft {
                repeat {
                    try receive()
                    dispatch()
                } while hasLeft && isOpen && !inputEnded && current == nil
            } else {
                dispatch()
            }
        } catch {
            close()
        }
        if hasLeft { close() }
    }

    private func receive() throws(SystemError) {
        guard let server, !inputEnded, incoming.count <= incoming.limit else { return }
        if case .end = try incoming.receive(from: number, scratch: &server.scratch) { inputEnded = true }
    }

    /// Begins the calls that have come, as far as they may be begun.
    private func dispatch() {
        guard !isDispatching else { return }
        isDispatching = true
        defer { isDispatching = false }
        var isWaiting = false
        while isOpen, !isLeaving, current == nil, outgoing.unsent <= Self.pause {
            guard let message = nextMessage() else {
                isWaiting = true
                break
            }
            do throws(VarlinkError) {
                let call = VarlinkCall(try CallMessage(parsing: message), peer: peer, session: self, loop: loop)
                current = call
                server?.begin(call)
            } catch {
                return refuse(.malformed(error.description))
            }
        }
        guard isOpen else { return }
        if outgoing.isEmpty && (isLeaving || (inputEnded && isWaiting)) { return close() }
        updateInterest()
    }

    private func nextMessage() -> [UInt8]? {
        do throws(MessageFramer.TooLong) {
            return try incoming.next()
        } catch {
            refuse(.messageTooLong)
            return nil
        }
    }

    private func refuse(_ incident: VarlinkServer.Incident) {
        server?.report(incident, peer)
        close()
    }

    private func updateInterest() {
        var wanted: EpollLoop.Readiness = []
        if !inputEnded && !isLeaving && incoming.count <= incoming.limit { wanted.insert(.readable) }
        if !outgoing.isEmpty { wanted.insert(.writable) }
        guard wanted != interest else { return }
        do throws(SystemError) {
            try loop.modify(number, for: wanted)
            interest = wanted
        } catch {
            close()
        }
    }

    // MARK: out

    func answer(_ call: VarlinkCall, _ octets: [UInt8], continues: Bool) {
        guard isOpen, current === call else { return }
        if !continues { endCall(told: false) }
        if !call.oneway {
            if outgoing.isEmpty { lastProgress = .now }
            outgoing.append(octets)
            do throws(SystemError) { try flush() } catch { return close() }
            if continues { watchBacklog(of: call) }
            server?.relieve(after: self)
        }
        dispatch()
    }

    private func flush() throws(SystemError) {
        let before = outgoing.sent
        try outgoing.flush(to: number)
        if outgoing.sent > before { lastProgress = .now }
    }

    /// A subscriber may be as late as it needs with the first reply, the snapshot, but not with what follows.
    private func watchBacklog(of call: VarlinkCall) {
        guard let firstReplyEnd = call.firstReplyEnd else {
            call.firstReplyEnd = outgoing.end
            return
        }
        if outgoing.end - max(outgoing.sent, firstReplyEnd) > subscriberBacklog { endTooSlow() }
    }

    /// Ends the call with `SubscriberTooSlow`, in the place of the replies that have not been begun, and leaves when
    /// that is written.
    func endTooSlow() {
        guard let call = current else { return close() }
        server?.report(.subscriberTooSlow(method: call.method), peer)
        let interface = call.method.split(separator: ".").dropLast().joined(separator: ".")
        outgoing.dropUnstarted()
        outgoing.append(ReplyMessage.octets(parameters: NoMembers(), error: "\(interface).SubscriberTooSlow"))
        isLeaving = true
        endCall(told: true)
        guard isOpen else { return }
        do throws(SystemError) { try flush() } catch { return close() }
        dispatch()
    }
}
