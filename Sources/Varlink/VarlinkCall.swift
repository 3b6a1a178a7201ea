import EventLoop
import JSONText

/// A method call that a client waits for. It is answered once, or with `more` any number of times.
// @unchecked Sendable: belongs to the thread of the loop, which every entry point checks; it is Sendable so that it can
// enter the actor that lives on that loop.
public final class VarlinkCall: @unchecked Sendable {
    /// Fully qualified: `io.lcroute.Router.GetStatus`.
    public let method: String
    /// Whether the client takes more than one reply.
    public let more: Bool
    /// Whether the client takes no reply; replies are dropped.
    public let oneway: Bool
    public let peer: VarlinkPeer
    /// Called once when the call has ended, whatever ended it: its last reply, an error, the client who has gone or was
    /// too slow, the server. Called later from the loop, never inside of anything that answers a call, except by the
    /// server's `close`. To be set before the first reply.
    public var onEnd: (() -> Void)?

    private let parameters: [UInt8]
    private let loop: EpollLoop
    private weak var session: VarlinkSession?
    /// Where the first reply ends in the stream of octets to the client; nil before it.
    var firstReplyEnd: Int?

    init(_ message: CallMessage, peer: VarlinkPeer, session: VarlinkSession, loop: EpollLoop) {
        method = message.method
        more = message.more
        oneway = message.oneway
        parameters = message.parameters
        self.peer = peer
        self.session = session
        self.loop = loop
    }

    /// Whether a reply is still expected.
    public var isOpen: Bool { session?.current === self }

    /// Octets that wait for the client to read.
    public var queuedOctets: Int { isOpen ? session?.unsent ?? 0 : 0 }

    /// The parameters as a value; without parameters, those of an empty object.
    ///
    /// - Throws: `.invalidParameter` with the name of the first that is wrong; give it to `fail`.
    public func parameters<T: Decodable>(as type: T.Type) throws(VarlinkServiceError) -> T {
        do {
            return try decode(type, from: parameters)
        } catch {
            guard case .unexpected(let member, _) = error, !member.isEmpty else {
                throw .invalidParameter("parameters")
            }
            throw .invalidParameter(member)
        }
    }

    /// Answers. The last reply is the one that does not continue; after it the call is closed. To a client that did not
    /// call with `more` a continuing reply becomes `ExpectedMore`.
    public func reply(_ parameters: some JSONWritable, continues: Bool = false) {
        loop.checkIsolated()
        guard isOpen else { return }
        if continues && !more { return fail(.expectedMore) }
        session?.answer(self, ReplyMessage.octets(parameters: parameters, continues: continues), continues: continues)
    }

    /// Answers nothing: for methods without results.
    public func reply() { reply(NoMembers()) }

    /// Answers an error of an interface, named with the interface.
    public func fail(_ error: String, parameters: some JSONWritable) {
        loop.checkIsolated()
        session?.answer(self, ReplyMessage.octets(parameters: parameters, error: error), continues: false)
    }

    /// Answers an error without parameters.
    public func fail(_ error: String) { fail(error, parameters: NoMembers()) }

    /// Ends the call, and the connection, with the interface's `SubscriberTooSlow`, as the server does itself with a
    /// client that does not read.
    public func endTooSlow() {
        loop.checkIsolated()
        session?.endTooSlow(self)
    }

    func tellOwner() {
        let onEnd = onEnd
        self.onEnd = nil
        onEnd?()
    }

    /// Answers an error of `org.varlink.service`.
    public func fail(_ error: VarlinkServiceError) { fail(error.qualifiedName, parameters: error) }
}

/// `{}`
struct NoMembers: JSONWritable {
    func write(to json: inout JSONWriter) { json.object { _ in } }
}
