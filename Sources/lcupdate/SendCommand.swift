import ArgumentParser
import EventLoop
import Glibc
import IPv6
import Logging
import UpdateAgent
import UpdateTransport

/// `lcupdate send`.
struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send an update, lap after lap, until stopped.",
        discussion: """
            FILE is what sign has made; all of it is verified first, and refused with exit code 76 if it is damaged or expired.
            With --trigger control it sends only while the router agent on this host knows a listener, through the link \
            that the agent names. Without the agent it waits and tries again; if it loses the agent it goes on for the \
            channel's hold time.
            SIGTERM and SIGINT end it, SIGUSR1 makes it tell what it has sent.
            """)

    enum Trigger: String, CaseIterable, ExpressibleByArgument {
        case control, always
    }

    @Argument(help: "The update file (.lcu). Replace it only by renaming another one over it.")
    var file: String

    @Option(help: "The multicast group to send to.", transform: ArgumentParsing.group)
    var group: IPv6Address

    @Option(help: "The UDP port to send to (default: 4242).", transform: ArgumentParsing.port)
    var port: UInt16 = 4242

    @Option(
        help: """
            The address to send from (default: a global one of the interface, else of this host). Receivers that name a \
            source must name this one.
            """,
        transform: ArgumentParsing.source)
    var source: IPv6Address?

    @Option(
        help:
            "The interface to send through (default: the one that the router agent names, else that of the default route)."
    )
    var interface: String?

    @Option(
        help: "Bits per second of whole IPv6 packets; k, M and G are powers of 1,000 (default: \(BitRate.standard)).",
        transform: ArgumentParsing.rate)
    var rate: BitRate = .standard

    @Option(help: "Octets of the largest IPv6 packet that may be sent, 1280 to 9216; the file was signed for a size.")
    var mtu: Int = 1_280

    @Option(help: "When to send: while the router agent knows a listener (control), or at once (always).")
    var trigger: Trigger = .control

    @Option(
        help:
            "The control socket of the router agent (default: $LCROUTE_CONTROL, else \(SendOptions.defaultControlPath))."
    )
    var control: String?

    @Option(
        help: """
            Where in the update to begin: beginning (default with --trigger control); random, so that several senders add up \
            (default with --trigger always); or so far into the lap, such as 50%.
            """,
        transform: ArgumentParsing.start)
    var start: SendSchedule.Start?

    @Option(
        help: "Octets of repair symbols to encode ahead; k, M, G or Ki, Mi, Gi (default: 256Mi).",
        transform: ArgumentParsing.size)
    var cache: ByteCount = SendOptions.defaultCache

    @Option(help: "Send only what the key in this file (.pub) has signed; may be repeated.")
    var key: [String] = []

    @Flag(help: "Send a file that nobody has signed.")
    var unsigned = false

    @Flag(help: "Print one JSON object a line: idle, sending, statistics, stopped.")
    var json = false

    func validate() throws {
        if trigger == .control, let scope = group.multicastScope, scope <= .linkLocal {
            throw ValidationError(
                "\(group) is of link scope: no router forwards it, so none knows its listeners; "
                    + "send to a wider one, such as ff3e::8000:42, or with --trigger always")
        }
        guard SendOptions.mtus.contains(mtu) else {
            throw ValidationError("--mtu must be from \(SendOptions.mtus.lowerBound) to \(SendOptions.mtus.upperBound)")
        }
        guard interface?.isEmpty != true else { throw ValidationError("--interface needs the name of an interface") }
        guard cache.octets <= 1 << 40 else { throw ValidationError("--cache must be 1 Ti at most") }
        if trigger == .always && control != nil { throw ValidationError("--control has no use with --trigger always") }
    }

    func run() throws {
        signal(SIGUSR1, SIG_IGN)  // until it is handled, while the file is being verified
        var options = SendOptions(file: file, group: group)
        options.port = port
        options.source = source
        options.interface = interface
        options.rate = rate
        options.mtu = mtu
        options.start = start
        options.cache = cache
        options.keys = key
        options.allowsUnsigned = unsigned
        switch trigger {
        case .always: options.trigger = .always
        case .control:
            let environment = getenv("LCROUTE_CONTROL").map { String(cString: $0) }
            options.trigger = .control(path: control ?? environment ?? SendOptions.defaultControlPath)
        }
        let output = Output(json: json)
        try output.reportingErrors {
            let log = output.log(level: .info)
            let display = SendDisplay(options, output: output, log: log)
            let agent = try SendAgent(options, on: EpollLoop(), log: log) { display.show($0) }
            try agent.run(handlingSignals: true)
        }
    }
}
