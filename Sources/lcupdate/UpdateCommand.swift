import ArgumentParser
import Glibc
import LinuxSystem

/// Signs, sends and receives updates by multicast.
@main
struct UpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lcupdate",
        abstract: "Sign updates, send them by IPv6 multicast, receive them.",
        discussion: """
            The sender repeats the update; a receiver may begin at any time and stops when it has all of it. Several \
            senders of one update add up. Receivers believe only what the key that they are given has signed.

            EXIT CODES
              0   done
              1   failed at run time
              64  wrong usage
              75  timed out, try again
              76  verification failed, or timed out and nothing that was heard could be verified
            """,
        version: "0.1.0",
        subcommands: [
            KeygenCommand.self, SignCommand.self, InspectCommand.self, SendCommand.self, ReceiveCommand.self,
        ])

    static func main() {
        ignoreWriteSignals()
        do throws(UnreadableArgument) {
            try ProgramArguments.requireText(variables: ["LCROUTE_CONTROL", "XDG_STATE_HOME", "HOME"])
        } catch {
            let line = Array("lcupdate: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            Glibc.exit(EX_USAGE)
        }
        main(nil)
    }
}
