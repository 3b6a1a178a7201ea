import CLinux
import Glibc
import LinuxSystem
import SeededRandom

@testable import Varlink

/// A client that does to a service what its seed says: pipelines, cuts a call at any octet, reads or does not, and
/// leaves in any way. It never waits for the service for longer than a moment.
struct UnrulyClient {
    private static let calls = [
        #"{"method":"test.unit.Nothing"}"#,
        #"{"method":"test.unit.Echo","parameters":{"text":"here"}}"#,
        #"{"method":"test.unit.Echo","parameters":{"text":"quiet"},"oneway":true}"#,
        #"{"method":"test.unit.Large","parameters":{"number":3000}}"#,
        #"{"method":"test.unit.Count","parameters":{"number":5},"more":true}"#,
        #"{"method":"test.unit.Fail"}"#,
        #"{"method":"org.varlink.service.GetInfo"}"#,
        #"{"method":"no.such.Method"}"#,
    ].map { Array($0.utf8) + [0] }
    private static let streams = [
        #"{"method":"test.unit.Hold","more":true}"#,
        #"{"method":"test.unit.Flood","parameters":{"number":1000},"more":true}"#,
    ].map { Array($0.utf8) + [0] }

    private let path: String
    private var random: SeededGenerator
    private var scratch = [UInt8](repeating: 0, count: 4096)

    init(_ path: String, seed: UInt64) {
        self.path = path
        random = SeededGenerator(seed: seed)
    }

    /// One connection from its beginning to its end. False if the service no longer accepts any.
    mutating func visit() -> Bool {
        guard let descriptor = connected() else { return false }
        let number = descriptor.number
        let text = pipelined()
        let isCut = Bool.random(using: &random)
        send(text.prefix(isCut ? Int.random(in: 0...text.count, using: &random) : text.count), number)
        if Bool.random(using: &random) { read(number) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            shutdown(number, Int32(SHUT_RDWR))
            usleep(UInt32.random(in: 0..<2000, using: &random))
        case 1:
            shutdown(number, Int32(SHUT_WR))
            read(number)
        case 2:
            shutdown(number, Int32(SHUT_RD))
            send(text.prefix(100), number)
        default: break  // closed as it is, with replies unread
        }
        return true
    }

    private mutating func pipelined() -> [UInt8] {
        let most = Int.random(in: 0..<20, using: &random) == 0 ? 6000 : 60
        let count = Int.random(in: 0...most, using: &random)
        let one = Self.calls.randomElement(using: &random) ?? []
        let isOfOneKind = Bool.random(using: &random)
        let streamAt = Int.random(in: 0..<(4 * (count + 1)), using: &random)
        var wire: [UInt8] = []
        for number in 0..<count {
            if number == streamAt { wire += Self.streams.randomElement(using: &random) ?? [] }
            wire += isOfOneKind ? one : Self.calls.randomElement(using: &random) ?? []
        }
        if Int.random(in: 0..<20, using: &random) == 0 { wire += Array("nonsense".utf8) + [0] }
        return wire
    }

    /// nil if there has been no room in the queue of the listening socket for long.
    private func connected() -> Descriptor? {
        for _ in 0..<10_000 {
            if let descriptor = try? connectedSocket(path, flags: SOCK_NONBLOCK.rawValue) { return descriptor }
            usleep(1000)
        }
        return nil
    }

    /// As much as the service takes without delay.
    private mutating func send(_ octets: ArraySlice<UInt8>, _ descriptor: Int32) {
        var rest = octets
        var patience = 3
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else {
                guard errno == EAGAIN, patience > 0 else { return }
                patience -= 1
                usleep(200)
            }
        }
    }

    private mutating func read(_ descriptor: Int32) {
        for _ in 0..<Int.random(in: 0..<50, using: &random) {
            guard recv(descriptor, &scratch, scratch.count, 0) > 0 else { return }
        }
    }
}

/// Runs `body` on some threads at once, each with its number, and waits for them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    final class Job {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }
    let threads = (0..<count).map { number in
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(Job { body(number) }).toOpaque())
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}
