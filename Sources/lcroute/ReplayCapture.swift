import ArgumentParser
import CaptureFile
import IPv6
import JSONText
import Replay
import RouterControl
import RouterDisplay
import Timing

/// `lcroute replay CAPTURE [--role router|snooper] [--link LINK] [--until SECONDS]`, without an agent.
struct ReplayCapture: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Show what a router makes of a captured link; needs no agent.",
        discussion: """
            Reads pcap and pcapng of Ethernet, Linux cooked, raw IPv6 and loopback. Prints the events as watch does, \
            with the capture's times, then the tables.
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The capture; - for standard input.") var capture: String
    @Option(help: "Whose view: router, as the querier; or snooper, which counts reports from ::, too.")
    var role = ReplayRole.router
    @Option(
        help: ArgumentHelp(
            "Which VLAN or interface of a capture of several: vlan5, if3, untagged. Default: that of the first MLD message.",
            valueName: "link"))
    var link: CapturedLink?
    @Option(
        help: ArgumentHelp(
            "Stop this long after the first packet, or go on until then if the capture is shorter.",
            valueName: "seconds"))
    var until: Double?

    func validate() throws {
        guard let until else { return }
        // A hundred years, far within what a time can hold.
        guard until >= 0, until <= 3_155_760_000 else {
            throw ValidationError("--until is a number of seconds, 0 or more, at most 100 years")
        }
    }

    func run() throws {
        var file = try CaptureFile(path: capture)
        var replay = CaptureReplay(role: role, interface: interface, linkLayer: file.linkLayer, link: link)
        var failure: CaptureFileError?
        do throws(CaptureFileError) {
            try play(&file, &replay)
        } catch {
            failure = error  // what came before is shown all the same
        }
        if let end = until.flatMap({ replay.time(after: $0) }) {
            var events: [RouterEvent] = []
            if failure == nil { replay.advance(to: end, into: &events) }
            show(events)
        }
        if replay.frames > 0 { show(replay.end) }
        if let failure { throw failure }
        if replay.frames == 0 { throw Failure(code: 1, "\(file.name): holds no packet") }
        if replay.packets == 0 {
            throw Failure(code: 1, "\(file.name): none of its packets is IPv6; was it captured on another link?")
        }
        for hint in replay.hints { Output.warn("\(file.name): \(hint)") }
    }

    private func play(_ file: inout CaptureFile, _ replay: inout CaptureReplay) throws(CaptureFileError) {
        var events: [RouterEvent] = []
        var isOver = false
        while !isOver {
            let isThere = try file.next { octets, frame in
                if let end = until.flatMap({ replay.time(after: $0) }), frame.time > end {
                    isOver = true
                } else {
                    replay.receive(octets, frame, into: &events)
                }
            }
            if !isThere { return }
            show(events)
            events.removeAll(keepingCapacity: true)
        }
    }

    /// The file's name, without the folder.
    private var interface: String {
        capture == "-" ? "stdin" : capture.split(separator: "/").last.map(String.init) ?? capture
    }

    private func show(_ events: [RouterEvent]) {
        guard !events.isEmpty else { return }
        if options.json {
            Output.print(
                octets: Array(events.map { JSONWriter.octets(of: $0) }.joined(separator: [UInt8(ascii: "\n")])))
        } else {
            Output.print(events.map(\.displayText).joined())
        }
    }

    private func show(_ end: ReplayEnd) {
        if options.json {
            Output.print(octets: JSONWriter.octets(of: end))
        } else {
            let tables = [
                GroupsReply(groups: end.groups).detailText, StatisticsReply(interfaces: end.statistics).displayText,
            ]
            Output.print("\n" + tables.joined(separator: "\n"))
        }
    }
}

extension ReplayRole: ExpressibleByArgument {}

extension CapturedLink: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension CaptureReplay {
    /// What a user should know of a capture whose tables are empty or may surprise.
    fileprivate var hints: [String] {
        var hints: [String] = []
        if messages == 0 && otherLinks.isEmpty {
            hints.append(
                "no MLD among its \(packets) IPv6 packets; the filter icmp6 matches none of it, ip6[6] = 0 does")
        }
        if cutFrames > 0 {
            hints.append(
                "\(cutFrames) of its \(frames) packets are cut; what of MLD is not whole counts as too short; "
                    + "tcpdump -s 0 captures all")
        }
        if !otherLinks.isEmpty {
            let others = otherLinks.sorted { "\($0.key)" < "\($1.key)" }.map { "\($0.key) (\($0.value))" }
            hints.append(
                "shown is \(link.map { "\($0)" } ?? "untagged"), other links in it have MLD messages, too: "
                    + others.joined(separator: ", ") + "; choose with --link")
        }
        return hints
    }

    /// This long after the first frame; nil before there is one.
    fileprivate func time(after seconds: Double) -> Instant? { start.map { $0 + .seconds(seconds) } }
}
