import Glibc
import IPv6
import LinuxSystem
import NetworkLab
import Testing
import Timing

/// Programs that the agent runs while a group has listeners.
@Suite("Command channels", .serialized, .needsNamespaces)
struct CommandChannelTests {
    private static let group = Experiment.asm

    /// A channel whose program notes each of its starts in a file; that file's lines.
    private func experiment(command script: String) throws -> (Experiment, starts: () -> [[Substring]]) {
        let notes = try LabDirectory()
        let program = try notes.write(
            "#!/bin/sh\necho $$ $LCROUTE_CHANNEL $LCROUTE_GROUP >> \(notes.file("starts"))\n\(script)\n", to: "program")
        chmod(program, 0o755)
        let experiment = try Experiment(
            channels: """
                channels:
                  firmware:
                    group: \(Self.group)
                    hold-time: 0.5
                    command: [\(program)]
                    stop-timeout: 2
                """)
        return (
            experiment,
            {
                let octets = (try? LabDirectory.read(notes.file("starts"))) ?? []
                return String(decoding: octets, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
            }
        )
    }

    private func lives(_ pid: Substring?) -> Bool { pid.flatMap { pid_t($0) }.map { kill($0, 0) == 0 } ?? false }

    @Test("C87 C88 the program runs while there are listeners, once, and is told whom it serves")
    func runsWhileListened() throws {
        let (experiment, starts) = try experiment(command: "exec sleep 1000")
        experiment.finishQueryRound()
        #expect(starts().isEmpty)
        let first = try LabListener.joined(Self.group, on: experiment.network.h1)
        let noted = try experiment.router.wait(.seconds(3), for: starts) { $0.count == 1 }
        try #require(noted.count == 1)
        #expect(noted[0].dropFirst() == ["firmware", Substring(Self.group.description)])
        #expect(lives(noted[0].first))
        let second = try LabListener.joined(Self.group, on: experiment.network.h3)
        pause(.milliseconds(500))
        #expect(starts().count == 1, "a second LAN starts no second copy")
        first.leave()
        pause(.milliseconds(1500))
        #expect(lives(noted[0].first), "LAN 1 still listens")
        second.leave()
        let stopped = try experiment.router.wait(.seconds(5)) {
            !lives(noted[0].first)
        } until: {
            $0
        }
        #expect(stopped)
        let third = try LabListener.joined(Self.group, on: experiment.network.h2)
        let again = try experiment.router.wait(.seconds(3), for: starts) { $0.count == 2 }
        #expect(again.count == 2 && again.last?.first != again.first?.first)
        #expect(try experiment.router.channel(Self.group)?.starts == 2)
        #expect(experiment.router.process.terminate() == .code(0))
        #expect(!lives(again.last?.first), "a clean stop of the agent ends it")
        withExtendedLifetime(third) {}
    }

    @Test("the program dies with an agent that is killed")
    func diesWithTheAgent() throws {
        let (experiment, starts) = try experiment(command: "exec sleep 1000")
        let listener = try LabListener.joined(Self.group, on: experiment.network.h1)
        let noted = try experiment.router.wait(.seconds(3), for: starts) { $0.count == 1 }
        try #require(noted.count == 1 && lives(noted[0].first))
        experiment.router.process.send(signal: SIGKILL)
        _ = experiment.router.process.wait(.seconds(5))
        let gone = try experiment.router.wait(.seconds(5)) {
            !lives(noted[0].first)
        } until: {
            $0
        }
        #expect(gone)
        withExtendedLifetime(listener) {}
    }

    @Test("M9 a program that ends at once is started again with growing pauses")
    func backOff() throws {
        let (experiment, starts) = try experiment(command: "exit 3")
        let listener = try LabListener.joined(Self.group, on: experiment.network.h1)
        _ = try experiment.router.wait(.seconds(3), for: starts) { !$0.isEmpty }
        pause(.milliseconds(1800))
        // Pauses of 0.1, 0.2, 0.4, 0.8 s: the fifth start is due at 1.5 s, the sixth at 3.1 s.
        #expect((3...5).contains(starts().count))
        let channel = try #require(try experiment.router.channel(Self.group))
        #expect(channel.lastError?.contains("3") == true)
        listener.leave()
        pause(.seconds(4))
        let count = starts().count
        pause(.seconds(2))
        #expect(starts().count == count, "without listeners it is not tried again")
    }
}
