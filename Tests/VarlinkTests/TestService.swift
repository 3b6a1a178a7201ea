import CLinux
import EventLoop
import Glibc
import JSONText
import LinuxSystem
import Synchronization
import Testing

@testable import Varlink

/// A directory that is removed with what is in it.
final class TemporaryDirectory: Sendable {
    let path: String
    init() throws {
        var template = Array("/tmp/varlink-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    deinit {
        let remove = try? ChildProcess(["rm", "-rf", path])
        _ = remove?.wait()
    }
}

/// A loop on a thread of its own.
final class LoopThread {
    let loop: EpollLoop
    private var thread = pthread_t()

    init() throws {
        loop = try EpollLoop()
    }

    func start() {
        let argument = Unmanaged.passRetained(loop).toOpaque()
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { try? Unmanaged<EpollLoop>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, argument)
    }

    /// Whether the loop came to its end; a loop that spins is left alone, so that its test fails instead of hanging.
    func stop() -> Bool {
        loop.stop()
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += 20
        return pthread_timedjoin_np(thread, nil, &end) == 0
    }
}

struct Text: Codable, JSONWritable {
    var text: String
    func write(to json: inout JSONWriter) { json.object { $0.member("text", text) } }
}

struct Number: Codable, JSONWritable {
    var number: Int
    func write(to json: inout JSONWriter) { json.object { $0.member("number", number) } }
}

/// A service with an interface `test.unit` on a loop of its own.
final class TestService {
    /// What the handler has seen, for the test's thread.
    struct Observed: Sendable {
        var incidents: [(VarlinkServer.Incident, VarlinkPeer)] = []
        /// Streams, in the order of their ends.
        var ended: [String] = []
        var oneway: [String] = []
        var longestQueue = 0
        /// Calls begun while others were being answered.
        var nested = 0
    }

    let directory: TemporaryDirectory
    let path: String
    let observed = SharedObserved()
    private let thread: LoopThread
    private let server: VarlinkServer

    final class SharedObserved: Sendable {
        let value = Mutex(Observed())
    }

    /// What the handler holds, on the loop's thread.
    private final class Held {
        weak var server: VarlinkServer?
        var parked: [VarlinkCall] = []
        var isAnswering = false
    }

    static let info = VarlinkServiceInfo(
        vendor: "Unit", product: "Test", version: "1", url: "https://example.org",
        interfaces: ["test.unit": "interface test.unit\n"])

    init(limits: VarlinkServer.Limits = .init()) throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/socket"
        thread = try LoopThread()
        let observed = observed
        let held = Held()
        server = try VarlinkServer(
            path: path, mode: 0o600, group: nil, service: Self.info, limits: limits,
            refusal: "test.unit.TooManyConnections", on: thread.loop
        ) { call in
            if held.isAnswering { observed.value.withLock { $0.nested += 1 } }
            switch call.method {
            case "test.unit.Connections": call.reply(Number(number: held.server?.connections ?? -1))
            case "test.unit.Park": held.parked.append(call)
            case "test.unit.Answer":
                held.isAnswering = true
                for call in held.parked { call.reply() }
                held.parked = []
                call.reply()
                held.isAnswering = false
            case "test.unit.Close": held.server?.close()
            default: Self.handle(call, observed)
            }
        }
        held.server = server
        server.onIncident = { incident, peer in observed.value.withLock { $0.incidents.append((incident, peer)) } }
        thread.start()
    }

    deinit {
        if thread.stop() {
            server.close()
        } else {
            Issue.record("the loop does not stop")
            _ = Unmanaged.passRetained(server)  // the loop's thread still uses it
        }
    }

    /// Clients that the server holds, besides the one that is asked for here.
    func otherConnections() throws -> Int {
        try VarlinkConnection(path: path).call("test.unit.Connections", NoMembers()).decode(Number.self).number - 1
    }

    private static func handle(_ call: VarlinkCall, _ observed: SharedObserved) {
        let name = String(call.method.dropFirst("test.unit.".count))
        if call.more { call.onEnd = { observed.value.withLock { $0.ended.append(name) } } }
        do throws(VarlinkServiceError) {
            switch name {
            case "Echo":
                let text = try call.parameters(as: Text.self)
                if call.oneway { observed.value.withLock { $0.oneway.append(text.text) } }
                call.reply(text)
            case "Count":
                let last = try call.parameters(as: Number.self).number
                for number in 1...last { call.reply(Number(number: number), continues: number < last) }
            case "Hold": if call.more { call.reply(Number(number: 0), continues: true) }
            case "TooSlow":
                call.reply(Number(number: 0), continues: true)
                call.endTooSlow()
                call.endTooSlow()
                call.reply()
            case "Large":
                call.reply(Text(text: String(repeating: "x", count: try call.parameters(as: Number.self).number)))
            case "Flood":
                let snapshot = try call.parameters(as: Number.self).number
                call.reply(Text(text: String(repeating: "s", count: snapshot)), continues: true)
                var number = 0
                let filling = String(repeating: "f", count: 1000)
                while call.isOpen && number < 100_000 {
                    number += 1
                    call.reply(Text(text: "\(number) \(filling)"), continues: true)
                    let queued = call.queuedOctets
                    observed.value.withLock { $0.longestQueue = max($0.longestQueue, queued) }
                }
            case "WhoAmI": call.reply(Number(number: Int(call.peer.pid)))
            case "Fail": call.fail("test.unit.Sorry", parameters: Text(text: "no"))
            case "Nothing": call.reply()
            default: call.fail(.methodNotFound(call.method))
            }
        } catch {
            call.fail(error)
        }
    }
}

/// A client that can say anything, and reads only when it is told to.
final class RawClient {
    private let descriptor: Descriptor
    private var incoming = MessageFramer(limit: 64 << 20)
    private var scratch = [UInt8](repeating: 0, count: 65536)

    init(_ path: String) throws {
        descriptor = try connectedSocket(path, flags: 0)
        var time = timeval(tv_sec: 20, tv_usec: 0)  // a hung test fails instead of blocking
        setsockopt(descriptor.number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    func send(_ octets: [UInt8]) {
        var sent = 0
        while sent < octets.count {
            let count = octets[sent...].withUnsafeBytes {
                Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }  // the service has had enough
            sent += count
        }
    }

    /// Sends as much as the service takes, each part within `patience`.
    func send(_ octets: [UInt8], patience: Duration) {
        var time = timeval(tv_sec: 0, tv_usec: Int(patience.components.attoseconds / 1_000_000_000_000))
        setsockopt(descriptor.number, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        send(octets)
    }

    func send(_ messages: String...) { send(messages.flatMap { Array($0.utf8) + [0] }) }

    func finishSending() { shutDown(SHUT_WR) }

    func shutDown(_ ways: Int) { shutdown(descriptor.number, Int32(ways)) }

    /// The next message; nil at the end of the connection.
    func receive() -> String? {
        while true {
            if let message = try? incoming.next() { return String(decoding: message, as: UTF8.self) }
            guard case .octets? = try? incoming.receive(from: descriptor.number, scratch: &scratch) else { return nil }
        }
    }
}

/// Waits until something on another thread has happened; a hang bound, not a measurement.
func eventually(_ condition: () -> Bool) -> Bool {
    for _ in 0..<4000 {
        if condition() { return true }
        usleep(5000)
    }
    return false
}
