import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateAgent

@Suite("Writes of lcupdate that fail are errors, not signals", .serialized)
struct FailedWriteTests {
    private static let key = TestKey()
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
        try Self.key.key.save(to: directory("KEY"))
    }

    private func program(_ arguments: [String], before: [String], name: String) throws -> RunningProgram {
        try RunningProgram(arguments, on: link, in: directory, name: name, before: before)
    }

    private var receiving: [String] {
        [
            "receive", "--group", group.description, "--interface", "vb", "--timeout", "20", "--state", directory.state,
            "--output", directory("out"), "--key", directory("KEY.pub"),
        ]
    }

    private let limited = ["prlimit", "--fsize=4096", "--"]

    @Test("A file beyond the limit on sizes")
    func limit() throws {
        let update = try TestUpdate(content(5_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        _ = try directory.write(content(9_000), to: "large")
        let expected = [
            ExpectedError(
                name: "receive", code: 1,
                line:
                    "lcupdate: reserve 5000 octets for */out: File too large; raise the limit on the size of files, see ulimit -f",
                program: try program(receiving, before: limited, name: "receive"), company: [sender]),
            ExpectedError(
                name: "sign", code: 1, line: "lcupdate: reserve * octets for */large.lcu: File too large",
                program: try program(
                    ["sign", directory("large"), "--key", directory("KEY"), "--sequence", "1"], before: limited,
                    name: "sign")),
            ExpectedError(
                name: "full", code: 1, line: "lcupdate: write to standard output: No space left on device",
                program: try program(
                    ["inspect", update.path, "--json"], before: ["sh", "-c", #"exec "$0" "$@" >/dev/full"#],
                    name: "full")
            ),
        ]
        for expected in expected { expected.check() }
        #expect(directory.names == ["KEY", "KEY.pub", "large"])
    }

    @Test(
        "A reader of JSON that goes does not stop the transfer; a file that is full is said once",
        arguments: ["| true", ">/dev/full"])
    func reader(output: String) throws {
        let update = try TestUpdate(content(5_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        let receiver = try program(
            receiving + ["--json"], before: ["bash", "-c", #"set -o pipefail; "$0" "$@" \#(output)"#], name: "reader")
        let result = receiver.wait()
        #expect(result.exit == .code(0))
        let warning = "lcupdate: warning: write to standard output: No space left on device; it goes on all the same\n"
        #expect(result.errors == (output == "| true" ? "" : warning))
        #expect(directory.read("out") == update.octets, "wrong octets")
        sender.stop()
    }
}
