import ArgumentParser
import Glibc
import LinuxSystem
import NetworkLab

/// `lclab demo`
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows joins that make a router forward and a sender send, step by step, and checks each step.",
        discussion: "Ends with 0 if every step happened, with 1 at the first that did not.")

    @Flag(help: "Leave the network standing at the end, until Ctrl-C.") var keep = false
    @Flag(help: "Show what the programs write as well.") var verbose = false
    @Option(help: "Octets of the file that is sent.") var size = 8_000_000

    func validate() throws {
        guard (1_000_000...1_000_000_000).contains(size) else {
            throw ValidationError("--size: 1000000 to 1000000000 octets")
        }
    }

    func run() throws {
        let narrator = Narrator(verbose: verbose)
        let ended = EndBySignal { narrator.finish() }
        ended.arm()
        do {
            try Demonstration(size: size, keep: keep, narrator: narrator).run()
            narrator.finish()
        } catch let failure as Demonstration.Failure {
            narrator.failure(failure.description)
            narrator.finish()
            throw ExitCode(1)
        } catch {
            narrator.finish()
            throw error
        }
    }
}
