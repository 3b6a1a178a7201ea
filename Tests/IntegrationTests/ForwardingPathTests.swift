import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// Joins and leaves of real kernel hosts, and what the real lcrouted lets through to them.
@Suite("Forwarding follows membership", .serialized, .needsNamespaces)
struct ForwardingPathTests {
    @Test("C45 M8 without listeners no packet reaches any LAN, and the kernel drops the stream by itself")
    func noListener() throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: Experiment.asm, rate: 5000)
        pause(.milliseconds(300))
        let before = try #require(ProcessUsage(of: experiment.router.process.pid))
        pause(.seconds(1))
        let after = try #require(ProcessUsage(of: experiment.router.process.pid))
        #expect(stream.sent > 3000 && stream.failed == 0)
        #expect(experiment.lan0.record.frames == 0)
        #expect(experiment.lan1.record.frames == 0)
        let route = try #require(
            experiment.router.routes().first { $0.groupAddress == Experiment.asm.description })
        #expect(route.state == .drop && route.outgoingInterfaces.isEmpty)
        #expect(route.packets > 2000, "dropped by the kernel's entry, without upcalls")
        #expect(after.processorTime - before.processorTime < .milliseconds(100))
    }

    @Test("a join into a running stream is served", arguments: [Experiment.asm, Experiment.ssm])
    func joinRunningStream(group: IPv6Address) throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: group)
        pause(.milliseconds(200))
        let listener = try LabListener.joined(
            group, group.isSourceSpecific ? .include([TwoLANs.firstSource]) : .any, on: experiment.network.h1)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        #expect(listener.record.count > 200)
        #expect(listener.record.missing == 0)
        #expect(experiment.lan1.record.frames == 0, "nobody on LAN 1 asked for it")
        #expect(try experiment.router.interfaces(listeningTo: group) == ["lan0"])
        withExtendedLifetime(stream) {}
    }

    @Test("a stream that starts after the join is served from its first packets on")
    func streamAfterJoin() throws {
        let experiment = try Experiment()
        let listener = try LabListener.joined(Experiment.asm, on: experiment.network.h3)
        let groups = try experiment.router.wait(.seconds(2)) {
            try experiment.router.interfaces(listeningTo: Experiment.asm)
        } until: {
            $0 == ["lan1"]
        }
        #expect(groups == ["lan1"])
        let stream = try experiment.stream(to: Experiment.asm, rate: 500)
        #expect(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(300))
        #expect(listener.record.missing == 0)
        #expect(listener.record.count + 2 >= stream.sent, "not one packet is lost to the setting up of the route")
        #expect(experiment.lan0.record.frames == 0)
    }

    @Test("a second LAN joins a running stream, and the first notices nothing")
    func secondLAN() throws {
        let experiment = try Experiment()
        let stream = try experiment.stream(to: Experiment.asm)
        let first = try LabListener.joined(Experiment.asm, on: experiment.network.h1)
        try #require(first.waitForData(within: .seconds(2)) != nil)
        let second = try LabListener.joined(Experiment.asm, on: experiment.network.h3)
        #expect(second.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(500))
        #expect(first.record.missing == 0 && second.record.missing == 0)
        let routes = try experiment.router.routes().filter { $0.groupAddress == Experiment.asm.description }
        #expect(routes.count == 1 && routes.first?.outgoingInterfaces.sorted() == ["lan0", "lan1"])
        second.leave()
        let last = experiment.lan1.waitForSilence(on: Experiment.asm, of: .milliseconds(500), within: .seconds(4))
        #expect(last != nil, "LAN 1 has nobody left")
        first.reset()
        pause(.milliseconds(300))
        #expect(first.record.count > 100, "LAN 0 goes on")
        withExtendedLifetime(stream) {}
    }

    @Test("C87 of three listeners on one LAN one leaves: no gap for the others", arguments: [true, false])
    func oneOfThreeLeaves(immediateLeave: Bool) throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), immediate-leave: \(immediateLeave)")
        let h4 = try experiment.network.laboratory.machine("h4")
        try experiment.network.laboratory.connect(
            h4, "eth0", to: experiment.network.lan0, addresses: ["2001:db8:1::14/64"])
        experiment.finishQueryRound()
        let stream = try experiment.stream(to: Experiment.asm)
        let listeners = try [experiment.network.h1, experiment.network.h2, h4].map {
            try LabListener.joined(Experiment.asm, on: $0)
        }
        for listener in listeners { try #require(listener.waitForData(within: .seconds(2)) != nil) }
        listeners[1].leave()
        pause(.milliseconds(2800))  // beyond the time after which an unanswered leave would have cut the LAN off
        for index in [0, 2] {
            let record = listeners[index].record
            #expect(record.missing == 0)
            #expect(record.last.map { Instant.now - $0 < .milliseconds(500) } == true, "still flows")
        }
        #expect(try experiment.router.interfaces(listeningTo: Experiment.asm) == ["lan0"])
        withExtendedLifetime(stream) {}
    }

    @Test("C23 C46 C60 with immediate leave off the last leave stops the stream within the last listener query time")
    func lastLeaveAsksFirst() throws {
        let experiment = try Experiment(mld: "\(Experiment.fastRounds), immediate-leave: false")
        experiment.finishQueryRound()
        let (report, last, queries) = try leaveAndStop(experiment)
        #expect(last - report < .milliseconds(2300), "LLQT is 2 s")
        #expect(last - report > .milliseconds(1500), "nobody is cut off before having been asked")
        #expect(queries == 2, "LLQC specific queries")
    }

    @Test("C21 C23 with tracked immediate leave, the default, the last leave stops the stream at once, and asks then")
    func lastLeaveActsAtOnce() throws {
        let experiment = try Experiment()
        experiment.finishQueryRound()
        let (report, last, queries) = try leaveAndStop(experiment)
        #expect(last - report < .milliseconds(250))
        #expect((1...2).contains(queries))
    }

    /// One listener of a running stream leaves: the times of its report and of the last data on the LAN.
    private func leaveAndStop(_ experiment: Experiment) throws -> (report: Instant, last: Instant, queries: Int) {
        let group = Experiment.asm
        let stream = try experiment.stream(to: group)
        let listener = try LabListener.joined(group, on: experiment.network.h1)
        try #require(listener.waitForData(within: .seconds(2)) != nil)
        pause(.milliseconds(1200))  // the host repeats its join report within a second
        listener.leave()
        let report = try #require(
            experiment.lan0.waitForMessage(within: .seconds(2)) {
                $0.outgoing && $0.records.contains { $0.group == group && $0.type == 3 }
            })
        let last = try #require(experiment.lan0.waitForSilence(on: group, of: .milliseconds(800), within: .seconds(6)))
        let queries = experiment.lan0.record.messages.filter {
            $0.kind == .query && !$0.outgoing && $0.groups == [group]
        }
        #expect(try experiment.router.interfaces(listeningTo: group) == [])
        withExtendedLifetime(stream) {}
        return (report.time, last, queries.count)
    }
}
