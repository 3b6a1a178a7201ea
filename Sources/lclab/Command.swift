import ArgumentParser
import Glibc
import LinuxSystem
import NetworkLab

/// Networks in namespaces of this machine: demonstration, experiments, measurements.
@main struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lclab", abstract: "Builds networks in namespaces of this machine and tries lcroute in them.",
        discussion: """
            Needs root, or a user namespace: unshare --user --map-root-user --net --mount lclab …
            Exit codes: 0 done, 1 failed, 64 usage, 77 not permitted.
            """,
        subcommands: [DemoCommand.self, BenchCommand.self, SimulateCommand.self])

    static func main() {
        ignoreWriteSignals()
        do {
            try ProgramArguments.requireText()
            var command = try parseAsRoot()
            try command.run()
        } catch let error as UnreadableArgument {
            end(64, error)
        } catch let error as LabError {
            if case .notPermitted = error { end(77, error) }
            end(1, error)
        } catch let error as SystemError {
            end(1, error)
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ code: Int32, _ error: any Error) -> Never {
        let line = Array("lclab: \(error)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        Glibc.exit(code)
    }
}
