import ArgumentParser
import LinuxSystem
import RouterControl

/// Command line to a running agent.
@main struct LCRoute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lcroute",
        abstract: "Show and steer a running lcrouted.",
        discussion: """
            Verbs may be shortened: lcroute g. \
            Exit codes: 0 done, 1 failed, 64 usage, 69 no agent answers, 75 no answer in time or too many connections, 76 not understood, \
            77 not permitted, 78 configuration error.
            """,
        version: RouterInterface.version,
        subcommands: [
            Status.self, Interfaces.self, Groups.self, Listeners.self, Routes.self, Channels.self, Statistics.self,
            Watch.self,
            Clear.self, Reload.self, CheckConfig.self, ReplayCapture.self,
        ])

    @OptionGroup var options: GlobalOptions

    func run() throws { throw ValidationError("name what to do, such as: lcroute status") }

    static func main() {
        do {
            try ProgramArguments.requireText(variables: ["LCROUTE_CONTROL"])
            var command = try parseAsRoot(ArgumentOrder.normalized(Array(CommandLine.arguments.dropFirst())))
            try command.run()
        } catch {
            Failure(error)?.exit() ?? exit(withError: error)
        }
    }
}
