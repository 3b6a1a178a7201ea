import ArgumentParser
import EventLoop
import Glibc
import IPv6
import Logging
import UpdateAgent
import UpdateTransport
import UpdateTrust

/// `lcupdate receive`.
struct ReceiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Receive an update.",
        discussion: """
            The file appears at --output when it is whole, verified and on the disk, in place of what was there before; until \
            then nothing does. Its space is taken from the disk at the start. What has come survives a crash: the next run \
            goes on with it.

            A command behind -- is run once for each verified update, with LCUPDATE_FILE, LCUPDATE_SEQUENCE, \
            LCUPDATE_OBJECT_ID, LCUPDATE_SIZE, LCUPDATE_VENDOR, LCUPDATE_CLASS, LCUPDATE_NAME and LCUPDATE_KEY_ID in its \
            environment.
            """)

    @Option(help: "The multicast group to join.", transform: ArgumentParsing.group)
    var group: IPv6Address

    @Option(help: "The UDP port to listen to (default: 4242).", transform: ArgumentParsing.port)
    var port: UInt16 = 4242

    @Option(
        help: "Take only what this address sends; necessary for source-specific groups (ff3x::/32).",
        transform: ArgumentParsing.source)
    var source: IPv6Address?

    @Option(
        help:
            """
            The interface to join on, by any of its names; one that is missing or unusable is waited for (default: that of \
            the default route, wherever that leads, else the first that is up).
            """)
    var interface: String?

    @Option(help: "A file of public keys whose updates are taken; may be given several times.")
    var key: [String] = []

    @Flag(help: "Take updates that nobody has signed, from anybody, and only these.")
    var unsigned = false

    @Option(help: "Take only updates for this vendor.")
    var vendor: String?

    @Option(name: .customLong("class"), help: "Take only updates for this class of devices.")
    var deviceClass: String?

    @Option(help: "Where to write the file.")
    var output: String

    @Option(
        help: """
            Where to remember what was accepted, and what has come so far (default: /var/lib/lcroute for root, else \
            $XDG_STATE_HOME/lcroute or ~/.local/state/lcroute).
            """)
    var state: String?

    @Option(
        help: """
            Give up after so many seconds without a whole update (default: never). Exit code 75, or 76 if what was heard \
            could not be verified or is not for this receiver.
            """)
    var timeout: Double?

    @Option(
        name: [.customLong("maximum-size"), .customLong("max-size")],
        help: "Refuse larger files; k, M, G, T or Ki, Mi, Gi, Ti (default: what fits on the disk).",
        transform: ArgumentParsing.size)
    var maximumSize: ByteCount?

    @Flag(help: "Wait for the next update after each.")
    var follow = false

    @Option(
        help:
            "With --follow: how often to listen whether there is a next update, in seconds; 0: all the time (default: 60)."
    )
    var followInterval: Double?

    @Flag(help: "Print one JSON object a line: waiting, manifest, progress, complete, failed.")
    var json = false

    @Argument(parsing: .postTerminator, help: "The command to run for each verified update, without a shell.")
    var command: [String] = []

    func validate() throws {
        // The bound keeps the deadline well within what a clock can show.
        if let timeout, !(timeout > 0 && timeout <= 1e9) {
            throw ValidationError("--timeout must be a number of seconds above 0")
        }
        if let followInterval, !(0...1e9).contains(followInterval) {
            throw ValidationError("--follow-interval must be a number of seconds, or 0")
        }
        guard interface?.isEmpty != true else { throw ValidationError("--interface needs the name of an interface") }
        // Routers ignore listeners of these groups that name no source (RFC 4604 §2.2.1).
        guard !group.isSourceSpecific || source != nil else {
            throw ValidationError("\(group) is source-specific: name the sender's address with --source")
        }
        guard !output.isEmpty else { throw ValidationError("--output needs the name of a file") }
        guard state?.isEmpty != true else { throw ValidationError("--state needs the name of a directory") }
        guard key.isEmpty == unsigned else {
            throw ValidationError("give the sender's public key with --key KEY.pub, or --unsigned to verify nothing")
        }
        guard command.first?.isEmpty != true else { throw ValidationError("the command behind -- has no name") }
    }

    func run() throws {
        let output = Output(json: json)
        try output.reportingTrustErrors {
            guard let state = state ?? StateDirectory.standard() else {
                throw UpdateFailure(.failed, "neither XDG_STATE_HOME nor HOME is set; name a directory with --state")
            }
            var options = ReceiveOptions(
                group: group, output: self.output, trust: unsigned ? nil : try TrustStore(files: key), state: state)
            options.port = port
            options.source = source
            options.interface = interface
            options.timeout = timeout.map { .seconds($0) }
            options.policy = ManifestPolicy(
                vendor: vendor, deviceClass: deviceClass, maximumSize: maximumSize?.octets ?? ObjectLayout.maximumSize)
            options.follows = follow
            if let followInterval { options.followInterval = .seconds(followInterval) }
            options.command = command
            options.commandOutput = json ? STDERR_FILENO : nil
            let log = output.log(level: json ? .warning : .info)
            let display = ReceiveDisplay(options, output: output, log: log)
            let agent = try ReceiveAgent(options, on: EpollLoop(), log: log) { display.show($0) }
            if try !agent.run(handlingSignals: true) {
                throw UpdateFailure(.failed, "stopped before the file was complete")
            }
        }
    }
}
