import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// Sources that hosts ask for, refuse, and change their minds about.
@Suite("Sources, flaps and restarts", .serialized, .needsNamespaces)
struct SourceFilterTests {
    private let s1 = TwoLANs.firstSource
    private let s2 = TwoLANs.secondSource

    @Test("a LAN whose listeners want S1 never gets S2, until somebody asks for it")
    func oneSourceOnly() throws {
        let experiment = try Experiment()
        let streams = try [s1, s2].map { try experiment.stream(to: Experiment.ssm, from: $0) }
        let first = try LabListener.joined(Experiment.ssm, .include([s1]), on: experiment.network.h1)
        try #require(first.waitForData(from: s1, within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        #expect(experiment.lan0.record.flow(to: Experiment.ssm, from: s2) == nil)
        #expect(experiment.lan1.record.frames == 0)
        let second = try LabListener.joined(Experiment.ssm, .include([s2]), on: experiment.network.h2)
        #expect(second.waitForData(from: s2, within: .seconds(2)) != nil)
        pause(.milliseconds(300))
        #expect(first.record.bySource[s2] == nil && second.record.bySource[s1] == nil)
        #expect(first.record.missing == 0)
        withExtendedLifetime(streams) {}
    }

    @Test("one host includes S1, another excludes it: both get what they want, and only that after one has left")
    func includeAndExclude() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let streams = try [s1, s2].map { try experiment.stream(to: Experiment.asm, from: $0) }
        let including = try LabListener.joined(Experiment.asm, .include([s1]), on: experiment.network.h1)
        let excluding = try LabListener.joined(Experiment.asm, .exclude([s1]), on: experiment.network.h2)
        excluding.reset()  // joining and excluding are two system calls
        #expect(including.waitForData(from: s1, within: .seconds(2)) != nil)
        #expect(excluding.waitForData(from: s2, within: .seconds(2)) != nil)
        pause(.milliseconds(300))
        #expect(including.record.bySource[s2] == nil && excluding.record.bySource[s1] == nil)
        excluding.leave()
        // The router goes back to INCLUDE {S1} when the filter timer, lowered to LLQT, runs out.
        pause(.milliseconds(2800))
        experiment.lan0.reset()
        pause(.milliseconds(500))
        #expect(experiment.lan0.record.flow(to: Experiment.asm, from: s1) != nil)
        #expect(experiment.lan0.record.flow(to: Experiment.asm, from: s2) == nil)
        #expect(including.record.missing == 0)
        withExtendedLifetime(streams) {}
    }

    @Test("a listener blocks one source and takes it back")
    func blockAndAllow() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let streams = try [s1, s2].map { try experiment.stream(to: Experiment.asm, from: $0) }
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        for source in [s1, s2] { try #require(listener.waitForData(from: source, within: .seconds(2)) != nil) }
        try listener.setFilter(.exclude([s1]))
        pause(.milliseconds(2800))
        experiment.lan0.reset()
        pause(.milliseconds(400))
        #expect(experiment.lan0.record.flow(to: Experiment.asm, from: s1) == nil)
        #expect(experiment.lan0.record.flow(to: Experiment.asm, from: s2) != nil)
        try listener.setFilter(.any)
        listener.reset()
        #expect(listener.waitForData(from: s1, within: .seconds(2)) != nil)
        withExtendedLifetime(streams) {}
    }

    @Test("twenty joins and leaves in two seconds end in the right state", arguments: [true, false])
    func flaps(endsJoined: Bool) throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: Experiment.asm)
        let listener = try LabListener(on: experiment.network.h1, group: Experiment.asm)
        for _ in 0..<20 {
            try listener.join()
            pause(.milliseconds(50))
            listener.leave()
            pause(.milliseconds(50))
        }
        if endsJoined { try listener.join() }
        pause(.seconds(3))  // longer than any query that a leave may have caused
        experiment.lan0.reset()
        pause(.milliseconds(500))
        if endsJoined {
            #expect(experiment.lan0.record.frames > 300)
            #expect(try experiment.router.interfaces(listeningTo: Experiment.asm) == ["lan0"])
        } else {
            #expect(experiment.lan0.record.frames == 0)
            #expect(try experiment.router.interfaces(listeningTo: Experiment.asm) == [])
        }
        #expect(experiment.lan1.record.frames == 0)
        withExtendedLifetime(stream) {}
    }

    @Test("after kill -9 and a restart the startup query brings the membership back")
    func restart() throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: Experiment.asm)
        let listeners = try [experiment.network.h1, experiment.network.h3].map {
            try LabListener.joined(Experiment.asm, on: $0)
        }
        for listener in listeners { try #require(listener.waitForData(within: .seconds(2)) != nil) }
        pause(.milliseconds(1200))  // so that no repeated join report helps
        experiment.router.process.send(signal: SIGKILL)
        try #require(experiment.router.process.wait(.seconds(5)) == .signal(SIGKILL))
        pause(.milliseconds(200))
        for listener in listeners { listener.reset() }
        pause(.milliseconds(300))
        #expect(listeners.allSatisfy { $0.record.count == 0 }, "the kernel forwards nothing without its owner")
        let restarted = try Experiment.startRouter(on: experiment.network, experiment.directory)
        for listener in listeners { #expect(listener.waitForData(within: .seconds(4)) != nil) }
        #expect(try restarted.interfaces(listeningTo: Experiment.asm) == ["lan0", "lan1"])
        withExtendedLifetime(stream) {}
    }
}
