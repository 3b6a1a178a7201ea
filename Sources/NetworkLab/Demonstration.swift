import Glibc
import LinuxSystem
import RouterControl
import Timing

/// The whole chain shown to a person: joins that make a router forward and a sender send, and leaves that end it.
///
/// Every step is checked on the wires; the first that does not happen ends the demonstration.
public struct Demonstration {
    /// Something that should have happened and did not.
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    private let narrator: Narrator
    private let update: [UInt8]
    private let rate: Int
    private let keep: Bool
    private let patience: Duration

    /// - Parameters:
    ///   - size: octets of the file that is sent.
    ///   - keep: leaves the network standing at the end until the process gets a signal.
    public init(size: Int, keep: Bool, narrator: Narrator) throws {
        self.narrator = narrator
        self.keep = keep
        update = try LabDirectory.randomOctets(size)
        // Fast enough to be whole after about four seconds, slow enough for any machine.
        rate = min(200_000_000, size * 8 / 4)
        patience = .seconds(20 + size * 8 / rate * 3)
    }

    /// - Throws: `Failure`, `LabError` or `SystemError`.
    public func run() throws {
        let begun = Instant.now
        narrator.announce(
            "A router with two LANs, h1 and h2 on LAN 0, h3 on LAN 1; a file of \(readableSize(update.count)) to send.")
        let lab = try DemonstrationNetwork(update: update, rate: rate, narrator: narrator)
        let narrator = narrator
        let painter = try LabThread { stopping in
            while !waitReadable([stopping], milliseconds: 100)[0] { narrator.update(lab.picture) }
        }
        defer { withExtendedLifetime(painter) {} }
        narrator.step("lcrouted serves lan0 and lan1, lcupdate waits beside it for listeners")
        try silence(lab)
        narrator.showPicture(lab.picture)
        let h1 = try firstJoin(lab)
        let h3 = try secondLAN(lab)
        let h2 = try secondHost(lab)
        try firstLeaves(lab, h1)
        try lanLeaves(lab, h3)
        try lastLeaves(lab, h2)
        try summary(lab, receivers: [h1, h2, h3], begun: begun)
        if keep { try stay(lab) }
    }

    private func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
        if !condition { throw Failure(description: otherwise()) }
    }

    private func silence(_ lab: DemonstrationNetwork) throws {
        let watched = try lab.router.wait(.seconds(5)) {
            try lab.router.channel(lab.channel.group)
        } until: {
            $0?.watchers == 1
        }
        try require(watched?.watchers == 1, "lcupdate does not watch its channel: \(lab.sender.text(.errors))")
        pause(.milliseconds(1500))
        let frames = [lab.link, lab.lan0, lab.lan1].map { $0.record.frames }
        try require(
            frames == [0, 0, 0], "packets flow although nobody listens: \(frames) on sender's link, LAN 0, LAN 1")
        narrator.step("nothing flows: no packet from the sender, none on either LAN in 1.5 s")
    }

    private func receive(_ lab: DemonstrationNetwork, _ index: Int) throws -> DemonstrationReceiver {
        let host = [lab.network.h1, lab.network.h2, lab.network.h3][index]
        let receiver = try DemonstrationReceiver(
            on: host, of: lab.channel, key: lab.update.publicKey, output: lab.directory.file("received-\(host.name)"),
            patience: patience,
            narrator: narrator)
        lab.receivers.update { $0[index] = receiver }
        return receiver
    }

    private func firstJoin(_ lab: DemonstrationNetwork) throws -> DemonstrationReceiver {
        let h1 = try receive(lab, 0)
        guard let report = lab.report(of: h1, joins: true, on: lab.lan0) else {
            throw Failure(description: "h1 sent no MLD report for \(lab.channel.group): \(h1.process.text(.errors))")
        }
        guard let first = lab.lan0.waitForData(to: lab.channel.group, within: .seconds(3)) else {
            throw Failure(description: "h1 has joined, and nothing came to LAN 0: \(lab.sender.text(.errors))")
        }
        let channel = try lab.router.channel(lab.channel.group)
        try require(
            channel?.state == .sending,
            "lcrouted does not call the channel sending: \(channel?.state.rawValue ?? "none")")
        let latency = channel?.lastTriggerLatency.map { " after \(Duration.seconds($0).readable)" } ?? ""
        narrator.step(
            "h1 joins: its report makes lcrouted start the sender\(latency); first packet on LAN 0 \((first - report).readable) after the report"
        )
        pause(.milliseconds(800))
        try require(lab.lan1.record.frames == 0, "packets on LAN 1, where nobody listens")
        narrator.step("LAN 1 stays silent: nobody there has asked")
        return h1
    }

    private func secondLAN(_ lab: DemonstrationNetwork) throws -> DemonstrationReceiver {
        let h3 = try receive(lab, 2)
        guard let report = lab.report(of: h3, joins: true, on: lab.lan1),
            let first = lab.lan1.waitForData(to: lab.channel.group, within: .seconds(3))
        else { throw Failure(description: "h3 has joined, and nothing came to LAN 1") }
        let before = [lab.link, lab.lan0, lab.lan1].map { $0.record.octets }
        let start = Instant.now
        pause(.milliseconds(600))
        let after = [lab.link, lab.lan0, lab.lan1].map { $0.record.octets }
        let seconds = (Instant.now - start).inSeconds
        let rates = zip(before, after).map { Double($1 - $0) * 8 / seconds }
        try require(
            rates.allSatisfy { $0 > 0 && abs($0 - rates[0]) < rates[0] * 0.2 },
            "the LANs do not carry what was sent once: \(rates.map(readableRate))")
        narrator.step("h3 joins: LAN 1 has the running stream \((first - report).readable) after its report")
        narrator.step(
            "sent once at \(readableRate(rates[0])), \(readableRate(rates[1])) on LAN 0 and \(readableRate(rates[2])) on LAN 1"
        )
        narrator.showPicture(lab.picture)
        return h3
    }

    private func secondHost(_ lab: DemonstrationNetwork) throws -> DemonstrationReceiver {
        let h2 = try receive(lab, 1)
        guard lab.report(of: h2, joins: true, on: lab.lan0) != nil else {
            throw Failure(description: "h2 sent no MLD report: \(h2.process.text(.errors))")
        }
        let group = lab.channel.group.description
        let hosts = try lab.router.wait(.seconds(2)) {
            try lab.router.groups().first { $0.interface == "lan0" && $0.groupAddress == group }?.hosts.count ?? 0
        } until: {
            $0 == 2
        }
        try require(hosts == 2, "lcrouted knows \(hosts) listeners on LAN 0 instead of 2")
        narrator.step("h2 joins too: LAN 0 carries the stream already, it costs nothing more")
        return h2
    }

    private func finish(_ receiver: DemonstrationReceiver) throws {
        guard let exit = receiver.process.wait(patience) else {
            throw Failure(description: "\(receiver.host.name) has not got the file within \(patience.readable)")
        }
        try require(
            exit == .code(0), "lcupdate receive on \(receiver.host.name) \(exit): \(receiver.process.text(.errors))")
    }

    private func firstLeaves(_ lab: DemonstrationNetwork, _ h1: DemonstrationReceiver) throws {
        try finish(h1)
        let begun = Instant.now
        lab.lan0.reset()
        pause(.milliseconds(500))
        let flow = lab.lan0.record.flow(to: lab.channel.group)
        let recent = flow?.last.map { Instant.now - $0 < .milliseconds(250) } ?? false
        try require(
            recent && (flow?.longestGap ?? .seconds(1)) < .milliseconds(250), "LAN 0 was interrupted when h1 left")
        try require((flow?.first.map { $0 - begun } ?? .seconds(1)) < .milliseconds(250), "LAN 0 paused when h1 left")
        narrator.step("h1 has the file, verified, and leaves; LAN 0 goes on for h2 without a gap")
    }

    private func lanLeaves(_ lab: DemonstrationNetwork, _ h3: DemonstrationReceiver) throws {
        try finish(h3)
        guard let report = lab.report(of: h3, joins: false, on: lab.lan1),
            let last = lab.lan1.waitForSilence(on: lab.channel.group, of: .milliseconds(300), within: .seconds(4))
        else { throw Failure(description: "h3 has left, and LAN 1 is not silent") }
        try require(
            last - report < .milliseconds(2300), "LAN 1 went on for \((last - report).readable) after h3 had left")
        let goesOn =
            lab.lan0.record.flow(to: lab.channel.group)?.last.map { Instant.now - $0 < .milliseconds(250) } ?? false
        try require(goesOn, "LAN 0 stopped together with LAN 1")
        narrator.step("h3 is done: LAN 1 falls silent \(after(report, last)), LAN 0 goes on")
    }

    private func lastLeaves(_ lab: DemonstrationNetwork, _ h2: DemonstrationReceiver) throws {
        try finish(h2)
        guard let report = lab.report(of: h2, joins: false, on: lab.lan0),
            let last = lab.lan0.waitForSilence(on: lab.channel.group, of: .milliseconds(300), within: .seconds(4))
        else { throw Failure(description: "h2 has left, and LAN 0 is not silent") }
        try require(
            last - report < .milliseconds(2300), "LAN 0 went on for \((last - report).readable) after h2 had left")
        narrator.step("h2, the last one, is done: LAN 0 falls silent \(after(report, last))")
        guard let end = lab.link.waitForSilence(on: lab.channel.group, of: .milliseconds(500), within: .seconds(8))
        else {
            throw Failure(description: "the sender has not stopped")
        }
        try require(end - report < .seconds(5), "the sender went on for \((end - report).readable)")
        lab.lan0.reset()
        lab.lan1.reset()
        lab.link.reset()
        pause(.milliseconds(700))
        let frames = [lab.link, lab.lan0, lab.lan1].map { $0.record.frames }
        try require(frames == [0, 0, 0], "packets flow although nobody listens any more: \(frames)")
        narrator.step("the sender holds on \((end - report).readable) in case somebody comes back, then stops: silence")
    }

    /// The last packet may have come before the report did.
    private func after(_ report: Instant, _ last: Instant) -> String {
        last > report ? "\((last - report).readable) after its leave" : "with its leave"
    }

    private func summary(_ lab: DemonstrationNetwork, receivers: [DemonstrationReceiver], begun: Instant) throws {
        for receiver in receivers {
            try require(
                try LabDirectory.read(receiver.output) == update,
                "the file on \(receiver.host.name) is not the one that was sent")
        }
        narrator.step("three files received, each the same \(readableSize(update.count)) as the one sent")
        if let usage = ProcessUsage(of: lab.router.process.pid) {
            narrator.step(
                "in all this lcrouted used \(usage.processorTime.readable) of processor time and "
                    + "\(readableSize(usage.residentSize)) of memory")
        }
        narrator.update(lab.picture)
    }

    private func stay(_ lab: DemonstrationNetwork) throws {
        let names = try lab.network.laboratory.expose()
        narrator.announce("The network stays until you press Ctrl-C. Try in another terminal, as root:")
        for name in names where name.machine == "router" {
            let directory = (try? LabPrograms.path(of: "lcroute")) ?? "lcroute"
            narrator.announce("    ip netns exec \(name.namespace) \(directory) -s \(lab.router.control) groups")
        }
        narrator.announce("    ip netns list")
        while true { pause(.seconds(3600)) }
    }
}
