import CLinux
import EventLoop
import Glibc
import LinuxSystem
import Timing

/// One client of a server. Its calls are answered one after the other, in the order in which they came; while one is
/// open, or while the client does not read its replies, no further one is begun and soon nothing more is read.
///
/// Calls are begun in turns that the server gives (`takeTurn`), never inside of what answers another one. What happens
/// depends on the client only as far as it waits for octets to come or to go: once the client has left, every turn either
/// uses up something of what it has sent or is the last.
final class VarlinkSession {
    /// Replies that may wait before the next call is begun.
    private static let pause = 64 << 10
    /// Octets that are written in one go.
    private static let portion = 256 << 10
    /// Octets of replies after which it is tried whether a client that did not read does now: not with each of them, and
    /// still often enough for one that reads meanwhile.
    private static let stride = 16 << 10

    let peer: VarlinkPeer
    let number: Int32
    /// The call being answered.
    private(set) var current: VarlinkCall?
    /// When the client last read anything, or last had nothing to read.
    private(set) var lastProgress = Instant.now
    /// When a call last began or ended, or else the client came.
    private(set) var lastCall = Instant.now
    /// Whether the server has noted that this session wants a turn.
    var isQueued = false

    private var descriptor: Descriptor?
    private weak var server: VarlinkServer?
    private let subscriberBacklog: Int
    private let loop: EpollLoop
    private var incoming: MessageFramer
    private var outgoing = OutgoingMessages()
    /// How much waits to be sent when it is tried again without being told that the client has read.
    private var nextFlush = 0
    private var inputEnded = false
    /// Whether the connection ends when the rest of the replies is written.
    private var isLeaving = false
    /// Whether nothing can be written any more; what the client sent before still counts.
    private var hasLeft = false
    /// How often what it sent before is still read: more than sockets hold, should it go on sending all the same.
    private var lastReads = 16
    private var interest: EpollLoop.Readiness = .readable

    init(_ descriptor: consuming Descriptor, _ peer: VarlinkPeer, of server: VarlinkServer, on loop: EpollLoop)
        throws(SystemError)
    {
        number = descriptor.number
        self.peer = peer
        self.server = server
        subscriberBacklog = server.limits.subscriberBacklog
        self.loop = loop
        incoming = MessageFramer(limit: server.limits.messageOctets)
        self.descriptor = consume descriptor
        try loop.watch(number) { [weak self] readiness in self?.ready(readiness) }
    }

    var isOpen: Bool { descriptor != nil }
    /// Whether no reply to a further call is awaited.
    var isEnding: Bool { isLeaving || hasLeft }
    var unsent: Int { outgoing.unsent }

    /// Ends the connection, and with it the open call.
    func close() {
        guard isOpen else { return }
        loop.unwatch(number)
        descriptor = nil
        server?.forget(self)
        endCall()
    }

    private func endCall() {
        guard let call = current else { return }
        current = nil
        lastCall = .now
        server?.ended(call)
    }

    // MARK: in

    private func ready(_ readiness: EpollLoop.Readiness) {
        if !readiness.isDisjoint(with: .init(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)) { clientLeft() }
        if readiness.contains(.writable) { flush() }
        if readiness.contains(.readable) { receive() }
        proceed()
    }

    private func clientLeft() {
        hasLeft = true
        outgoing.drop()
    }

    private func receive() {
        guard let server, !inputEnded, incoming.count <= incoming.limit else { return }
        do throws(SystemError) {
            switch try incoming.receive(from: number, scratch: &server.scratch) {
            case .octets: if hasLeft { lastReads -= 1 }
            case .nothing: break
            case .end: inputEnded = true
            }
        } catch {  // the client has closed without having read everything
            clientLeft()
            inputEnded = true
        }
    }

    /// After every change: closes, or asks for a turn, and waits for the client else.
    private func proceed() {
        guard isOpen else { return }
        if isLeaving && outgoing.isEmpty || hasLeft && current != nil { return close() }
        if mayBegin { server?.queue(self) }
        updateInterest()
    }

    private var mayBegin: Bool { !isLeaving && current == nil && outgoing.unsent <= Self.pause }

    /// Begins the next call, if there is one and it may be begun.
    func takeTurn() {
        guard isOpen, mayBegin else { return }
        guard let message = nextMessage() else {
            guard isOpen else { return }
            if inputEnded || hasLeft && lastReads <= 0 {
                if outgoing.isEmpty { close() }
            } else if hasLeft {
                let left = lastReads
                receive()
                if lastReads == left { inputEnded = true }  // nothing more can come
                server?.queue(self)
            }
            return
        }
        do throws(VarlinkError) {
            let call = VarlinkCall(try CallMessage(parsing: message), peer: peer, session: self, loop: loop)
            current = call
            lastCall = .now
            server?.begin(call)
        } catch {
            return refuse(.malformed(error.description))
        }
        proceed()
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
        if !continues { endCall() }
        if !call.oneway && !hasLeft {
            if outgoing.isEmpty { lastProgress = .now }
            outgoing.append(octets)
            let isDue = outgoing.unsent >= nextFlush
            if isDue { flush() }
            if continues { watchBacklog(of: call) }
            if isDue { server?.relieve(after: self) }
        }
        proceed()
    }

    private func flush() {
        let before = outgoing.sent
        do throws(SystemError) {
            try outgoing.flush(to: number, limit: Self.portion)
            if outgoing.sent > before { lastProgress = .now }
            nextFlush = outgoing.isEmpty ? 0 : outgoing.unsent + Self.stride
        } catch {
            clientLeft()
        }
    }

    /// A subscriber may be as late as it needs with the first reply, the snapshot, but not with what follows.
    private func watchBacklog(of call: VarlinkCall) {
        guard let firstReplyEnd = call.firstReplyEnd else {
            call.firstReplyEnd = outgoing.end
            return
        }
        if outgoing.end - max(outgoing.sent, firstReplyEnd) > subscriberBacklog { endTooSlow(call) }
    }

    /// Ends the call with `SubscriberTooSlow`, in the place of the replies that have not been begun, and leaves when
    /// that is written.
    func endTooSlow(_ call: VarlinkCall) {
        guard isOpen, current === call else { return }
        server?.report(.subscriberTooSlow(method: call.method), peer)
        let interface = call.method.split(separator: ".").dropLast().joined(separator: ".")
        outgoing.dropUnstarted()
        outgoing.append(ReplyMessage.octets(parameters: NoMembers(), error: "\(interface).SubscriberTooSlow"))
        isLeaving = true
        endCall()
        flush()
        proceed()
    }
}
