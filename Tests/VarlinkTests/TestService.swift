import CLinux
import EventLoop
import Glibc
import JSONText
import LinuxSystem
import Synchronization

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

    func stop() {
        loop.stop()
        pthread_join(thread, nil)
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
        var closed: [String] = []
        var oneway: [String] = []
        var longestQueue = 0
    }

    let directory: TemporaryDirectory
    let path: String
    let observed = SharedObserved()
    private let thread: LoopThread
    private let server: VarlinkServer

    final class SharedObserved: Sendable {
        let value = Mutex(Observed())
    }

    static let info = VarlinkServiceInfo(
        vendor: "Unit", product: "Test", version: "1", url: "https://example.org",
        interfaces: ["test.unit": "interface test.unit\n"])

    init(limits: VarlinkServer.Limits = .init()) throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/socket"
        thread = try LoopThread()
        let observed = observed
        server = try VarlinkServer(
            path: path, mode: 0o600, group: nil, service: Self.info, limits: limits, on: thread.loop
        ) {
            Self.handle($0, observed)
        }
        server.onIncident = { incident, peer in observed.value.withLock { $0.incidents.append((incident, peer)) } }
        thread.start()
    }

    deinit {
        thread.stop()
        server.close()
    }

    private static func handle(_ call: VarlinkCall, _ observed: SharedObserved) {
        let name = String(call.method.dropFirst("test.unit.".count))
        call.onClose = { observed.value.withLock { $0.closed.append(name) } }
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

    func send(_ messages: String...) { send(messages.flatMap { Array($0.utf8) + [0] }) }

    func finishSending() { shutdown(descriptor.number, Int32(SHUT_WR)) }

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
