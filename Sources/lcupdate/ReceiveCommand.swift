import ArgumentParser
import EventLoop
import IPv6
import Logging
import UpdateAgent
import UpdateTransport

/// `lcupdate receive`.
struct ReceiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Receive a file.",
        discussion: """
            The file appears at --output when it is whole, matches its hash and is on the disk, in place of what was there \
            before; until then nothing does. Its space is taken from the disk at the start.
            """)

    @Option(help: "The multicast group to join.", transform: ArgumentParsing.group)
    var group: IPv6Address

    @Option(help: "The UDP port to listen to (default: 4242).", transform: ArgumentParsing.port)
    var port: UInt16 = 4242

    @Option(
        help: "Take only what this address sends; necessary for source-specific groups (ff3x::/32).",
        transform: ArgumentParsing.source)
    var source: IPv6Address?

    @Option(help: "The interface to join on (default: that of the default route, else the first that is up).")
    var interface: String?

    @Option(help: "Where to write the file.")
    var output: String

    @Option(
        help:
            "Give up after so many seconds (default: never). Exit code 75, or 76 if only what cannot be verified was heard."
    )
    var timeout: Double?

    @Option(
        help: "Ignore larger files; k, M, G, T or Ki, Mi, Gi, Ti (default: what fits on the disk).",
        transform: ArgumentParsing.size)
    var maxSize: ByteCount?

    @Flag(help: "Print one JSON object a line: waiting, manifest, progress, complete, failed.")
    var json = false

    func validate() throws {
        // The bound keeps the deadline well within what a clock can show.
        if let timeout, !(timeout > 0 && timeout <= 1e9) {
            throw ValidationError("--timeout must be a number of seconds above 0")
        }
        guard interface?.isEmpty != true else { throw ValidationError("--interface needs the name of an interface") }
        guard !output.isEmpty else { throw ValidationError("--output needs the name of a file") }
    }

    func run() throws {
        var options = ReceiveOptions(group: group, output: output)
        options.port = port
        options.source = source
        options.interface = interface
        options.timeout = timeout.map { .seconds($0) }
        options.maximumSize = maxSize
        let output = Output(json: json)
        try output.reportingErrors {
            let log = output.log(level: output.isTerminal ? .info : .warning)
            let agent = try ReceiveAgent(options, on: EpollLoop(), log: log) { output.show($0) }
            if try !agent.run(handlingSignals: true) {
                throw UpdateFailure(.failed, "stopped before the file was complete")
            }
        }
    }
}
