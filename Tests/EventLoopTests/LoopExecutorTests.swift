import EventLoop
import Glibc
import LinuxSystem
import Testing
import Timing

/// An actor that lives on a loop.
private actor Agent {
    nonisolated let loop: EpollLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private var reads = 0
    private var done = 0
    private var waiter: CheckedContinuation<Int, Never>?

    init(loop: EpollLoop) { self.loop = loop }

    func thread() -> UInt { UInt(pthread_self()) }

    func watch(_ descriptor: Int32) throws {
        try loop.watch(descriptor) { _ in
            self.assumeIsolated { agent in
                guard Pipe.readOne(descriptor) else { return }
                agent.reads += 1
                agent.waiter?.resume(returning: agent.reads)
                agent.waiter = nil
            }
        }
    }

    func unwatch(_ descriptor: Int32) { loop.unwatch(descriptor) }

    func nextRead() async -> Int {
        if reads > 0 { return reads }
        return await withCheckedContinuation { waiter = $0 }
    }

    /// One job that makes the next, until the loop has reported a read of what the hundredth writes.
    func chain(_ round: Int, writer: Int32, done: CheckedContinuation<Bool, Never>) {
        if reads > 0 || round == 100_000 {
            done.resume(returning: reads > 0)
            return
        }
        if round == 100 { _ = Glibc.write(writer, "x", 1) }
        Task { self.chain(round + 1, writer: writer, done: done) }
    }

    /// How many of `count` jobs, all there at once, had run when the loop reported what the first wrote.
    func jobsBeforeRead(of count: Int, reader: Int32, writer: Int32) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try loop.watch(reader) { [loop] _ in
                    self.assumeIsolated { agent in
                        loop.unwatch(reader)
                        continuation.resume(returning: agent.done)
                    }
                }
            } catch {
                return continuation.resume(throwing: error)
            }
            _ = Glibc.write(writer, "x", 1)
            for _ in 0..<count { Task { self.done += 1 } }
        }
    }

    func count(to limit: Int) async -> Int {
        var sum = 0
        for _ in 0..<limit {
            sum += 1
            await Task.yield()
        }
        return sum
    }
}

@Suite("Actors on the event loop", .timeLimit(.minutes(10)))
struct LoopExecutorTests {
    @Test("an actor's methods run on the loop's thread, also after it has waited")
    func isolation() async throws {
        let loop = try EpollLoop()
        let thread = LoopThread(loop)
        let agent = Agent(loop: loop)
        let first = await agent.thread()
        _ = await agent.count(to: 10)
        let second = await agent.thread()
        thread.stopAndJoin()
        #expect(first == second)
        #expect(thread.isCurrent(first))
        #expect(first != UInt(pthread_self()))
    }

    @Test("a descriptor's handler is inside the actor, without a hop")
    func handler() async throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let thread = LoopThread(loop)
        let agent = Agent(loop: loop)
        try await agent.watch(pipe.reader.number)
        async let reads = agent.nextRead()
        pipe.write()
        let count = await reads
        await agent.unwatch(pipe.reader.number)
        thread.stopAndJoin()
        #expect(count == 1)
    }

    @Test("jobs from many tasks are all done")
    func manyJobs() async throws {
        let loop = try EpollLoop()
        let thread = LoopThread(loop)
        let agent = Agent(loop: loop)
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { await agent.count(to: 100) } }
            return await group.reduce(0, +)
        }
        thread.stopAndJoin()
        #expect(total == 5000)
    }

    @Test("work that is there all at once does not keep descriptors from being served")
    func crowd() async throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let thread = LoopThread(loop)
        let agent = Agent(loop: loop)
        let (reader, writer) = (pipe.reader.number, pipe.writer.number)
        let before = try await agent.jobsBeforeRead(of: 10_000, reader: reader, writer: writer)
        thread.stopAndJoin()
        #expect(before < 1000)
        _ = consume pipe
    }

    @Test("work that keeps scheduling itself does not keep descriptors from being served")
    func fairness() async throws {
        let loop = try EpollLoop()
        let pipe = try Pipe()
        let thread = LoopThread(loop)
        let agent = Agent(loop: loop)
        try await agent.watch(pipe.reader.number)
        let writer = pipe.writer.number
        let served = await withCheckedContinuation { done in
            Task { await agent.chain(0, writer: writer, done: done) }
        }
        await agent.unwatch(pipe.reader.number)
        thread.stopAndJoin()
        #expect(served)
    }
}
