import EventLoop
import Glibc
import LinuxSystem
import Testing
import Timing

@Suite("Event loop")
struct EpollLoopTests {
    @Test("a readable descriptor is reported until it has been read empty")
    func levelTriggered() throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let reader = pipe.reader.number
        var read = 0
        try loop.watch(reader) { readiness in
            if readiness.contains(.readable), Pipe.readOne(reader) { read += 1 }
            if read == 3 { loop.stop() }
        }
        pipe.write(3)
        try run(loop)
        loop.unwatch(reader)
        #expect(read == 3)
    }

    @Test("a handler that another one of the same round unwatched is not called any more")
    func unwatchedInTheSameRound() throws {
        let loop = try EpollLoop()
        let first = try Pipe()
        let second = try Pipe()
        let descriptors = [first.reader.number, second.reader.number]
        var called: [Int32] = []
        for (index, descriptor) in descriptors.enumerated() {
            try loop.watch(descriptor) { _ in
                called.append(descriptor)
                loop.unwatch(descriptors[1 - index])
                loop.stop()
            }
        }
        first.write()
        second.write()
        try run(loop)
        #expect(called.count == 1)
        for descriptor in descriptors { loop.unwatch(descriptor) }
    }

    @Test("readiness of a closed descriptor is not taken for that of a new one with its number")
    func reusedNumber() throws {
        let loop = try EpollLoop()
        let first = try Pipe()
        let second = try Pipe()
        let spare = try Pipe()
        // Both are ready in one round; the first handler replaces the other's descriptor with a silent one.
        let descriptors = [first.reader.number, second.reader.number]
        var stale = 0
        var rounds = 0
        for (index, descriptor) in descriptors.enumerated() {
            try loop.watch(descriptor) { _ in
                rounds += 1
                _ = Pipe.readOne(descriptor)
                let other = descriptors[1 - index]
                loop.unwatch(other)
                dup2(spare.reader.number, other)
                do { try loop.watch(other) { _ in stale += 1 } } catch { stale += 100 }
                loop.stop()
            }
        }
        first.write()
        second.write()
        try run(loop)
        for descriptor in descriptors { loop.unwatch(descriptor) }
        #expect(rounds == 1)
        #expect(stale == 0)
    }

    @Test("what a descriptor is watched for can be changed")
    func modify() throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let writer = pipe.writer.number
        var writable = 0
        try loop.watch(writer, for: []) { readiness in
            guard readiness.contains(.writable) else { return }
            writable += 1
            try? loop.modify(writer, for: [])
            loop.stop()
        }
        var timer = try LoopTimer(on: loop) { try? loop.modify(writer, for: .writable) }
        timer.arm(at: .now + .milliseconds(5))
        try run(loop)
        #expect(writable == 1)
        loop.unwatch(writer)
    }

    @Test("the other end's closing is reported without being asked for")
    func hangup() throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let reader = dup(pipe.reader.number)
        defer { close(reader) }
        var seen: EpollLoop.Readiness = []
        try loop.watch(reader) { readiness in
            seen = readiness
            loop.stop()
        }
        _ = consume pipe
        try run(loop)
        loop.unwatch(reader)
        #expect(!seen.isDisjoint(with: .hangup))
    }

    @Test("a descriptor that cannot be watched is an error")
    func notWatchable() throws {
        let loop = try EpollLoop()
        #expect(throws: SystemError("epoll_ctl", errno: EBADF)) { try loop.watch(9999) { _ in } }
    }

    @Test("the loop runs again after it was stopped, and a stop before it runs counts")
    func again() throws {
        let loop = try EpollLoop()
        for _ in 0..<3 {
            loop.stop()
            try run(loop)
        }
        let pipe = try Pipe()
        var called = false
        try loop.watch(pipe.reader.number) { _ in
            called = true
            loop.stop()
        }
        pipe.write()
        try run(loop)
        loop.unwatch(pipe.reader.number)
        #expect(called)
    }

    @Test("a signal is an event with its number")
    func signals() throws {
        let loop = try EpollLoop()
        var received: [Int32] = []
        let signals = try LoopSignals([SIGUSR1, SIGUSR2], on: loop) { signal in
            received.append(signal)
            if received.count == 2 { loop.stop() }
        }
        // To this thread, the one that has them blocked: others of the test process have not.
        pthread_kill(pthread_self(), SIGUSR2)
        pthread_kill(pthread_self(), SIGUSR1)
        try run(loop)
        #expect(Set(received) == [SIGUSR1, SIGUSR2])
        _ = consume signals
    }

    @Test(
        "the end of a program is an event, and says how it ended",
        arguments: [
            ("exit 0", ChildProcess.Exit.code(0)), ("exit 7", .code(7)), ("kill -9 $$", .signal(9)),
        ])
    func child(script: String, expected: ChildProcess.Exit) throws {
        let loop = try EpollLoop()
        let process = try ChildProcess(["sh", "-c", script])
        try loop.watch(process.pidfd.number) { _ in loop.stop() }
        try run(loop)
        loop.unwatch(process.pidfd.number)
        #expect(process.reap() == expected)
    }
}

@Suite("Loop timer")
struct LoopTimerTests {
    @Test(
        "a timer fires once, not before its instant, and an instant in the past is now",
        arguments: [
            Duration.milliseconds(20), .zero, .seconds(-5),
        ])
    func fires(delay: Duration) throws {
        let loop = try EpollLoop()
        var fired: [Instant] = []
        var timer = try LoopTimer(on: loop) {
            fired.append(.now)
            loop.stop()
        }
        let deadline = Instant.now + delay
        timer.arm(at: deadline)
        try run(loop)
        #expect(fired.count == 1)
        #expect(fired.allSatisfy { $0 >= deadline })
        loop.stop()
        try run(loop)
        #expect(fired.count == 1)
    }

    @Test(
        "a timer that is armed again keeps only the new instant; nil and never disarm it",
        arguments: [
            nil, Instant.distantFuture,
        ])
    func disarm(never: Instant?) throws {
        let loop = try EpollLoop()
        var fired = 0
        var timer = try LoopTimer(on: loop) { fired += 1 }
        var end = try LoopTimer(on: loop) { loop.stop() }
        timer.arm(at: .now + .milliseconds(1))
        timer.arm(at: never)
        end.arm(at: .now + .milliseconds(30))
        try run(loop)
        #expect(fired == 0)
        timer.arm(at: .now + .seconds(100))
        timer.arm(at: .now + .milliseconds(1))
        end.fired()
        end.arm(at: .now + .milliseconds(30))
        try run(loop)
        #expect(fired == 1)
    }

    @Test("a timer that is gone fires no more")
    func gone() throws {
        let loop = try EpollLoop()
        var fired = 0
        do {
            var timer = try LoopTimer(on: loop) { fired += 1 }
            timer.arm(at: .now)
        }
        var end = try LoopTimer(on: loop) { loop.stop() }
        end.arm(at: .now + .milliseconds(10))
        try run(loop)
        #expect(fired == 0)
    }
}
