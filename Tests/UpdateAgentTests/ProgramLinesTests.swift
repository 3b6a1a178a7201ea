import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateAgent

/// What services leave in a journal, and what people see on a terminal.
@Suite("What lcupdate shows of its work", .serialized)
struct ProgramLinesTests {
    private static let key = TestKey()
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        try Self.key.key.save(to: directory("KEY"))
        link = try UpdateLink()
    }

    private func receive(_ more: [String] = []) -> [String] {
        [
            "receive", "--group", group.description, "--source", "2001:db8::1", "--interface", "vb", "--timeout", "10",
            "--state", directory.state, "--output", directory("out"), "--key", directory("KEY.pub"),
        ] + more
    }

    /// The lines of a log, each without its time, which it must have.
    private func lines(_ log: String, _ place: SourceLocation = #_sourceLocation) -> [String] {
        log.split(separator: "\n").map { line in
            let match = line.prefixMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d /#)
            #expect(match != nil, "\(line)", sourceLocation: place)
            return String(line[(match?.range.upperBound ?? line.startIndex)...])
        }
    }

    @Test("A receiver without a terminal has a line for waiting, which update, and its end; the same update again, too")
    func receiver() throws {
        let update = try TestUpdate(content(20_000), key: Self.key, sequence: 3)
        let object = update.manifest.object
        let sender = TestTransmitter(link, update.packets())
        let waiting = "info: waiting for updates to [\(group)]:4242 from 2001:db8::1 on vb"
        let what = "update.bin, object \(object), sequence 3, 20000 octets"
        for isHere in [false, true] {
            let result = try RunningProgram(receive(), on: link, in: directory, name: "\(isHere)").wait()
            #expect(result.exit == .code(0))
            #expect(result.output == "")
            let lines = lines(result.errors)
            try #require(lines.count == (isHere ? 2 : 3), "\(result.errors)")
            #expect(lines[0] == waiting)
            if isHere {
                #expect(lines[1] == "info: complete: \(what), at \(directory("out")) already")
            } else {
                #expect(lines[1] == "info: receiving \(what)")
                #expect(lines[2].hasPrefix("info: complete: \(what), at \(directory("out")) after "), "\(lines[2])")
                #expect(lines[2].hasSuffix(" % lost"), "\(lines[2])")
            }
        }
        sender.stop()
    }

    @Test("In the journal lines have a priority, and no time; JOURNAL_STREAM of another stream does not count")
    func journal() throws {
        let inherited = try RunningProgram(
            receive(["--timeout", "0.1"]), on: link, in: directory, name: "inherited",
            before: ["env", "JOURNAL_STREAM=1:2"]
        ).wait()
        #expect(inherited.exit == .code(75))
        #expect(lines(String(inherited.errors.prefix { $0 != "\n" })).first?.hasPrefix("info: waiting ") == true)
        let own = try RunningProgram(
            receive(["--timeout", "0.1"]), on: link, in: directory, name: "own",
            before: ["sh", "-c", #"JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/2) exec "$0" "$@""#]
        ).wait()
        #expect(own.errors.hasPrefix("<6>waiting for updates to "), "\(own.errors)")
        #expect(own.errors.contains("\n<3>lcupdate: timed out"), "\(own.errors)")
    }

    @Test("With --json it is silent beside its objects")
    func json() throws {
        let update = try TestUpdate(content(20_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        let result = try RunningProgram(receive(["--json"]), on: link, in: directory, name: "json").wait()
        #expect(result.exit == .code(0))
        #expect(result.errors == "")
        #expect(result.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"event\":") })
        sender.stop()
    }

    @Test("A sender without a terminal has a line for where, when it begins, and its end")
    func sender() throws {
        let file = try SampleUpdate(20_000, in: directory).path
        let errors = try Descriptor("open", open(directory("errors"), O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        let child = try link.start(
            [
                BuiltProgram.path(of: "lcupdate"), "send", file, "--group", group.description, "--interface", "va",
                "--source", "2001:db8::1", "--trigger", "always",
            ], errors: errors.number)
        try eventually { directory.text("errors").contains("sending to ") }
        child.send(signal: SIGTERM)
        #expect(child.wait() == .code(0))
        let lines = lines(directory.text("errors"))
        #expect(
            lines.dropLast() == [
                "info: packets to [\(group)]:4242 go through va, from 2001:db8::1",
                "info: sending to [\(group)]:4242 through va",
            ])
        #expect(lines.last?.hasPrefix("info: stopped after ") == true)
    }

    @Test("On a narrow terminal progress stays within its line, and warnings stand on lines of their own")
    func terminal() throws {
        let columns = 40
        let terminal = try Terminal(columns: UInt16(columns))
        let update = try TestUpdate(content(20_000), key: Self.key)
        let stranger = TestTransmitter(link, try TestUpdate(content(20), key: TestKey()).packets())
        let program = [try BuiltProgram.path(of: "lcupdate")]
        let child = try link.start(["env", "TERM=xterm"] + program + receive(), errors: terminal.slave.number)
        try eventually { terminal.text.contains("not taken") }
        let sender = TestTransmitter(link, update.packets())
        #expect(child.wait() == .code(0))
        try eventually { terminal.lines.last == "" }
        let lines = terminal.lines.dropLast()
        try #require(lines.count == 2, "\(lines)")
        #expect(self.lines(lines[0]).first?.hasPrefix("warning: not taken: signed with key") == true, "\(lines[0])")
        #expect(lines[1].hasPrefix("complete: update.bin, object "))
        #expect(terminal.erased.first?.hasPrefix("waiting for updates to [") == true)
        for text in terminal.erased { #expect(text.count < columns, "\(text)") }
        sender.stop()
        stranger.stop()
    }
}
