import ArgumentParser
import EventLoop
import Glibc
import LinuxNetwork
import LinuxSystem
import Logging
import RouterAgent
import RouterConfiguration
import Systemd

@main
struct LCRouted: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "lcrouted",
        abstract: "IPv6 multicast router agent: hears MLD reports, programs the kernel's forwarding, triggers senders.",
        discussion: """
            Runs in the foreground and logs to standard error. IF… are the downstream interfaces, the LANs of listeners. \
            Exit codes: 0 stopped cleanly, 1 failed at run time, 64 usage, 70 stuck, 77 not permitted, 78 configuration error.
            """,
        version: version)

    @Argument(help: ArgumentHelp("Downstream interfaces.", valueName: "IF"))
    var interfaces: [String] = []

    @Option(help: ArgumentHelp("YAML configuration.", valueName: "FILE"))
    var config: String?

    @Option(
        help: ArgumentHelp("Upstream interface: streams are forwarded from it, and from LANs to it.", valueName: "IF"))
    var upstream: String?

    @Flag(
        help:
            "Serve every up, multicast-capable interface except loopback and the upstream, also those that appear later."
    )
    var all = false

    @Option(
        help: ArgumentHelp("Control socket (default: $LCROUTE_CONTROL or /run/lcroute/control).", valueName: "PATH"))
    var control: String?

    @Option(help: "How MLD is heard: raw (ICMPv6 socket) or pcap (libpcap).")
    var capture: AgentConfiguration.Capture = .raw

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "L"))
    var logLevel: Logger.Level = .info

    @Flag(help: "Check the arguments and the configuration file, say what they mean, and exit.")
    var check = false

    static func main() {
        do {
            try ProgramArguments.requireText(variables: ["LCROUTE_CONTROL"])
            let command = try parse()
            try command.run()
        } catch let error as UnreadableArgument {
            Failure(usage: error.description).exit()
        } catch let failure as Failure {
            failure.exit()
        } catch {
            exit(withError: error)
        }
    }

    func run() throws {
        let (agentConfiguration, warnings) = try settled()
        if check {
            for warning in warnings { Failure.warn("\(warning)") }
            print(agentConfiguration.summary)
            return
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGCHLD, SIG_DFL)  // whoever started us may ignore it, and then no command's end could be read
        LoggingSystem.bootstrap { _ in JournalLogHandler() }
        var log = Logger(label: "lcrouted")
        log.logLevel = logLevel
        for warning in warnings { log.warning("\(warning)") }
        do {
            let loop = try EpollLoop()
            let agent = try RouterAgent(agentConfiguration, version: Self.version, on: loop, log: log)
            try agent.assumeIsolated { try $0.start() }
            try withExtendedLifetime(agent) { try loop.run() }
            log.info("stopped")
        } catch {
            throw Failure(error)
        }
    }
}

extension AgentConfiguration.Capture: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
