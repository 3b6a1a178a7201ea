import ArgumentParser
import EventLoop
import Glibc
import LinuxSystem
import RouterControl
import RouterDisplay
import Varlink

/// `lcroute watch`
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happens, one line an event, until interrupted.")
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let loop = try EpollLoop()
        var failure: Failure?
        let signals = try LoopSignals([SIGINT, SIGTERM], on: loop) { _ in loop.stop() }
        let stream = try VarlinkStream(
            path: options.path, method: RouterMethod.monitor.qualifiedName, parameters: NoParameters(), on: loop
        ) { reply in
            do throws(VarlinkError) { try show(reply) } catch {
                failure = Failure(error)
                loop.stop()
            }
        } onEnd: { end in
            failure = Failure(ending: end)
            loop.stop()
        }
        stopWhenNobodyReads(loop)
        try loop.run()
        stream.cancel()
        _ = consume signals
        if let failure { throw failure }
    }

    private func show(_ reply: VarlinkReply) throws(VarlinkError) {
        if options.json {
            Output.print(octets: reply.octets)
        } else {
            Output.print(try reply.decode(RouterEvent.self).displayText)
        }
    }

    /// A reader that goes (`lcroute watch | head -1`) is noticed at once, not with the next event.
    private func stopWhenNobodyReads(_ loop: EpollLoop) {
        // Files cannot be watched, and need not be.
        try? loop.watch(STDOUT_FILENO, for: []) { readiness in
            if !readiness.isDisjoint(with: .hangup) { loop.stop() }
        }
    }
}

extension Failure {
    /// nil for a stream that has ended as it should.
    fileprivate init?(ending end: VarlinkStreamEnd) {
        switch end {
        case .finished: return nil
        case .closed: self.init(.closed)
        case .error(let name, let reply): self.init(.replied(error: name, reply))
        case .malformed(let reason): self.init(.malformed(reason))
        case .failed(let error): self.init(.failed(error))
        }
    }
}
