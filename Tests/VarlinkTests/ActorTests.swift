import EventLoop
import LinuxSystem
import Synchronization
import Testing

@testable import Varlink

/// Lives on the loop, as an agent does, and answers from its own state.
private actor Counter {
    private let loop: EpollLoop
    private var count = 0
    private var waiting: [VarlinkCall] = []
    private var server: VarlinkServer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(on loop: EpollLoop) { self.loop = loop }

    func listen(_ path: String) throws {
        server = try VarlinkServer(path: path, mode: 0o600, group: nil, service: TestService.info, on: loop) {
            [weak self] call in
            self?.assumeIsolated { $0.answer(call) }
        }
    }

    func stop() {
        server?.close()
        loop.stop()
    }

    private func answer(_ call: VarlinkCall) {
        count += 1
        waiting.append(call)
        guard waiting.count == 2 else { return }
        for call in waiting { call.reply(Number(number: count)) }
        waiting = []
    }
}

@Suite struct ActorTests {
    @Test("A handler enters the actor on its loop without a hop, and may answer later")
    func actor() async throws {
        let directory = try TemporaryDirectory()
        let thread = try LoopThread()
        let counter = Counter(on: thread.loop)
        thread.start()
        try await counter.listen(directory.path + "/socket")
        let (first, second) = (try RawClient(directory.path + "/socket"), try RawClient(directory.path + "/socket"))
        first.send(#"{"method":"test.unit.Next"}"#)
        second.send(#"{"method":"test.unit.Next"}"#)
        #expect(first.receive() == #"{"parameters":{"number":2}}"#)
        #expect(second.receive() == #"{"parameters":{"number":2}}"#)
        await counter.stop()
    }
}
