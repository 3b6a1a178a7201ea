import ArgumentParser
import CaptureFile
import JSONText
import Replay
import RouterControl
import RouterDisplay
import Timing

/// `lcroute replay CAPTURE [--role router|snooper] [--until SECONDS]`, without an agent.
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
    @Option(help: "Whose view: router, or snooper, which also counts reports from ::.") var role = ReplayRole.router
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
        var replay = CaptureReplay(role: role, interface: interface, linkLayer: file.linkLayer)
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

extension CaptureReplay {
    /// This long after the first frame; nil before there is one.
    fileprivate func time(after seconds: Double) -> Instant? { start.map { $0 + .seconds(seconds) } }
}
