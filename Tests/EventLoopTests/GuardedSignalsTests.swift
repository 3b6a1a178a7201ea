import Glibc
import LinuxSystem
import Synchronization
import Testing
import Timing

@testable import EventLoop

/// Signals go to the thread of the guard alone: other threads of the test process have not blocked them.
@Suite("Guarded signals", .timeLimit(.minutes(10)))
struct GuardedSignalsTests {
    @Test("a signal is an event of the loop with its number, and nothing is stuck")
    func delivered() throws {
        let loop = try EpollLoop()
        var received: [Int32] = []
        let stuck = Mutex<[Int32]>([])
        let signals = try GuardedSignals(
            [SIGUSR1, SIGUSR2], ending: [SIGUSR1], patience: .milliseconds(50), on: loop,
            handler: { signal in
                received.append(signal)
                if received.count == 2 { loop.stop() }
            }, onStuck: { signal in stuck.withLock { $0.append(signal) } })
        pthread_kill(signals.thread, SIGUSR2)
        pthread_kill(signals.thread, SIGUSR1)
        try run(loop)
        #expect(Set(received) == [SIGUSR1, SIGUSR2])
        usleep(150_000)
        #expect(stuck.withLock { $0 } == [], "what was taken in time is no reason to end")
        _ = consume signals
    }

    @Test("a signal that is to end the program gets its way although a handler of the loop spins for ever")
    func spinning() throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let isReleased = Mutex(false)
        let stuck = Mutex<[Int32]>([])
        try loop.watch(pipe.reader.number) { _ in while !isReleased.withLock({ $0 }) {} }
        var received: [Int32] = []
        let signals = try GuardedSignals(
            [SIGUSR1, SIGUSR2], ending: [SIGUSR1], patience: .milliseconds(50), on: loop,
            handler: { received.append($0) }, onStuck: { signal in stuck.withLock { $0.append(signal) } })
        let thread = LoopThread(loop)
        pipe.write()
        pthread_kill(signals.thread, SIGUSR2)
        usleep(150_000)
        #expect(stuck.withLock { $0 } == [], "this one may wait")
        pthread_kill(signals.thread, SIGUSR1)
        for _ in 0..<2000 where stuck.withLock({ $0.isEmpty }) { usleep(5000) }
        #expect(stuck.withLock { $0 } == [SIGUSR1])
        isReleased.withLock { $0 = true }
        thread.stopAndJoin()
        loop.unwatch(pipe.reader.number)
        _ = consume signals
    }

    @Test("what is gone waits for no signal any more")
    func gone() throws {
        let loop = try EpollLoop()
        for _ in 0..<20 {
            _ = try GuardedSignals(
                [SIGUSR1], ending: [SIGUSR1], on: loop, handler: { _ in }, onStuck: { _ in })
        }
        loop.stop()
        try run(loop)
    }
}
