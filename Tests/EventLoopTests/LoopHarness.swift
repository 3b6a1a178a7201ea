import EventLoop
import Glibc
import LinuxSystem
import Timing

/// Something that a test asked for and did not get.
struct TestFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Runs the loop on this thread until somebody stops it; a generous bound keeps a broken test from hanging.
func run(_ loop: EpollLoop) throws {
    var expired = false
    var guardian = try LoopTimer(on: loop) {
        expired = true
        loop.stop()
    }
    guardian.arm(at: .now + .seconds(20))
    try loop.run()
    if expired { throw TestFailure("the loop did not stop") }
}

/// A pipe, non-blocking at both ends.
struct Pipe: ~Copyable {
    let reader: Descriptor
    let writer: Descriptor

    init() throws {
        var ends: [Int32] = [-1, -1]
        try check("pipe2", pipe2(&ends, O_NONBLOCK | O_CLOEXEC))
        reader = Descriptor(owning: ends[0])
        writer = Descriptor(owning: ends[1])
    }

    func write(_ count: Int = 1) {
        let octets = [UInt8](repeating: 1, count: count)
        _ = Glibc.write(writer.number, octets, count)
    }

    static func readOne(_ descriptor: Int32) -> Bool {
        var octet: UInt8 = 0
        return read(descriptor, &octet, 1) == 1
    }
}

/// Runs a loop on a thread of its own.
final class LoopThread {
    private let loop: EpollLoop
    private var thread = pthread_t()

    init(_ loop: EpollLoop) {
        self.loop = loop
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                try? Unmanaged<EpollLoop>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(loop).toOpaque())
    }

    func stopAndJoin() {
        loop.stop()
        pthread_join(thread, nil)
    }

    func isCurrent(_ other: UInt) -> Bool { UInt(thread) == other }
}
