import ArgumentParser
import EventLoop
import Glibc
import JSONText
import LinuxSystem
import RouterControl
import RouterDisplay
import Varlink

/// `lcroute watch [GROUP]`
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happens, one line an event, until interrupted.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var selection: GroupArgument

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
        guard let group = selection.address else {
            if options.json { return Output.print(octets: reply.octets) }
            return Output.print(try reply.decode(RouterEvent.self).displayText)
        }
        guard let event = try reply.decode(RouterEvent.self).about(group: group) else { return }
        if options.json { return Output.print(octets: JSONWriter.octets(of: event)) }
        Output.print(event.displayText)
    }

    /// A reader that goes (`lcroute watch | head -1`) is noticed at once, not with the next event.
    private func stopWhenNobodyReads(_ loop: EpollLoop) {
        // Files cannot be watched, and need not be.
        try? loop.watch(STDOUT_FILENO, for: []) { readiness in
            if !readiness.isDisjoint(with: .hangup) { loop.stop() }
        }
    }
}

extension RouterEvent {
    /// What of it is about a group; nil if nothing is.
    fileprivate func about(group: String) -> RouterEvent? {
        guard event == .snapshot else { return groupAddress == group ? self : nil }
        var part = self
        part.groups?.removeAll { $0.groupAddress != group }
        part.routes?.removeAll { $0.groupAddress != group }
        part.channels?.removeAll { $0.groupAddress != group }
        return part
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
