import Glibc
import LinuxSystem
import SeededRandom
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("lcupdate receive", .serialized)
struct ReceiveProgramTests {
    private static let key = TestKey()
    let directory: TemporaryDirectory
    let link: UpdateLink

    init() throws {
        directory = try TemporaryDirectory()
        link = try UpdateLink()
        try Self.key.key.save(to: directory("KEY"))
    }

    private struct Result {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    private func arguments(_ more: [String], output: String? = nil) throws -> [String] {
        [
            try BuiltProgram.path(of: "lcupdate"), "receive", "--group", group.description, "--interface", "vb",
            "--json", "--output",
            output ?? directory("out"), "--state", directory.state, "--timeout", "20", "--key", directory("KEY.pub"),
        ] + more
    }

    /// Runs a program to its end.
    private func run(_ arguments: [String]) throws -> Result {
        let files = ["stdout", "stderr"].map {
            Descriptor(owning: open(directory($0), O_CREAT | O_TRUNC | O_RDWR | O_APPEND | O_CLOEXEC, 0o644)).release()
        }
        defer { for file in files { close(file) } }
        let child = try link.start(arguments, output: files[0], errors: files[1])
        let exit = child.wait()
        return Result(
            exit: exit, output: String(decoding: directory.read("stdout") ?? [], as: UTF8.self),
            errors: String(decoding: directory.read("stderr") ?? [], as: UTF8.self))
    }

    /// Octets of the journal, 24 of them its header; 0 if there is none.
    private var journalLength: Int {
        guard let names = try? run(["ls", "-A", directory.state]).output.split(separator: "\n"),
            let name = names.first(where: { $0.hasSuffix(".journal") })
        else { return 0 }
        var status = stat()
        return stat("\(directory.state)/\(name)", &status) == 0 ? Int(status.st_size) : 0
    }

    @Test("Killed at any moment, it goes on where it was, and what arrives is right", arguments: [1, 2])
    func killed(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let update = try TestUpdate(
            content(1_500_000, seed: UInt64(seed)), key: Self.key, symbolSize: 1_212, blockSymbols: 300)
        // Some 5 Mbit/s with a tenth lost.
        let sender = TestTransmitter(
            link, update.packets(), pause: 15_000, isLost: { ($0 &* 2_654_435_761 >> 9).isMultiple(of: 10) })
        for _ in 0..<3 {
            let before = max(journalLength, 24)
            let child = try link.start(arguments([]), output: open("/dev/null", O_WRONLY | O_CLOEXEC))
            // Something has reached the disk: after a second at most.
            try eventually { journalLength > before }
            usleep(UInt32.random(in: 0...400_000, using: &random))
            child.send(signal: SIGKILL)
            _ = child.wait()
            #expect(directory.read("out") == nil)
        }
        sender.stop()
        let fast = TestTransmitter(
            link, update.packets(), isLost: { ($0 &* 2_654_435_761 >> 9).isMultiple(of: 10) })
        let last = try run(arguments([]))
        #expect(last.exit == .code(0), "\(last.errors) \(last.output.suffix(400))")
        #expect(directory.read("out") == update.octets, "wrong octets")
        let manifest = try #require(last.output.split(separator: "\n").first { $0.contains(#""event":"manifest""#) })
        #expect(!manifest.contains(#""received":0,"#), "what had come before is gone: \(manifest)")
        #expect(!directory.names.contains { $0.hasSuffix(".partial") })
        fast.stop()
    }

    @Test("A disk without room for the update is 1, said, and nothing is left")
    func diskFull() throws {
        let update = try TestUpdate(content(600_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        mkdir(directory("small"), 0o755)
        let arguments = try arguments([], output: directory("small/out"))
        let result = try run(
            [
                "unshare", "--mount", "sh", "-c",
                #"mount -t tmpfs -o size=256k tmpfs "$0" && { "$@"; code=$?; ls -A "$0"; exit $code; }"#,
                directory("small"),
            ] + arguments)
        #expect(result.exit == .code(1))
        #expect(result.errors.contains("No space left on device") && result.errors.contains("make room"))
        #expect(result.output.split(separator: "\n").last?.contains(#""event":"failed""#) == true)
        sender.stop()
    }

    @Test("A full state directory costs repair symbols, not the update")
    func stateFull() throws {
        let update = try TestUpdate(content(400_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets(), isLost: { ($0 &* 2_654_435_761 >> 9).isMultiple(of: 8) })
        let arguments = try arguments([])
        let result = try run(
            [
                "unshare", "--mount", "sh", "-c",
                #"mkdir -p "$0" && mount -t tmpfs -o size=16k tmpfs "$0" && exec "$@""#, directory.state,
            ] + arguments)
        #expect(result.exit == .code(0), "\(result.errors)")
        #expect(directory.read("out") == update.octets, "wrong octets")
        sender.stop()
    }

    @Test("Each trouble has its exit code and its words", arguments: Trouble.allCases)
    func troubles(trouble: Trouble) throws {
        var arguments = try arguments([])
        var code: Int32 = 1
        func replace(_ option: String, _ value: String?) throws {
            let place = try #require(arguments.firstIndex(of: option))
            arguments.replaceSubrange(place..<place + 2, with: value.map { [option, $0] } ?? [])
        }
        switch trouble {
        case .interface:
            try replace("--interface", "nosuch0")
            try replace("--timeout", "0.2")
            code = 75
        case .directory: try replace("--output", directory("missing/out"))
        case .outputIsDirectory: try replace("--output", directory.path)
        case .state: try replace("--state", directory("KEY.pub"))
        case .keyMissing: try replace("--key", directory("missing.pub"))
        case .secretKey:
            try Self.key.key.save(to: directory("KEY2"))
            try replace("--key", directory("KEY2"))
        case .noKey:
            try replace("--key", nil)
            code = 64
        case .both:
            arguments.append("--unsigned")
            code = 64
        case .group:
            try replace("--group", "2001:db8::1")
            code = 64
        case .sourceSpecific:
            try replace("--group", "ff3e::8000:42")
            code = 64
        case .silence:
            try replace("--timeout", "0.2")
            code = 75
        }
        let result = try run(arguments)
        #expect(result.exit == .code(code))
        #expect(result.errors.contains(trouble.rawValue), "\(result.errors)")
        #expect(directory.read("out") == nil)
    }

    enum Trouble: String, CaseIterable {
        case interface = "name an interface of this host"
        case directory = "missing: No such file or directory"
        case outputIsDirectory = "is a directory; name the file"
        case state = "name one that may be written with --state"
        case keyMissing = "missing.pub: No such file"
        case secretKey = "give the public one"
        case noKey = "--key KEY.pub, or --unsigned"
        case both = "to verify nothing"
        case group = "not an IPv6 multicast address"
        case sourceSpecific = "name the sender's address with --source"
        case silence = "nothing heard"
    }

    @Test("SIGTERM ends it with 1, and what has come is kept")
    func terminated() throws {
        let update = try TestUpdate(content(400_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets(), pause: 15_000)
        let child = try link.start(arguments([]), output: open("/dev/null", O_WRONLY | O_CLOEXEC), errors: 1)
        try eventually { directory.names.contains { $0.hasSuffix(".partial") } }
        usleep(300_000)
        child.send(signal: SIGTERM)
        #expect(child.wait() == .code(1))
        sender.stop()
        let rest = TestTransmitter(link, update.packets())
        let last = try run(arguments([]))
        #expect(last.exit == .code(0))
        #expect(!last.output.contains(#""event":"manifest","interface":"vb","received":0,"#))
        #expect(directory.read("out") == update.octets, "wrong octets")
        rest.stop()
    }

    @Test("With --unsigned it warns and takes what nobody signed")
    func unsigned() throws {
        let update = try TestUpdate(content(5_000), key: nil)
        let sender = TestTransmitter(link, update.packets())
        var arguments = try arguments([])
        let place = try #require(arguments.firstIndex(of: "--key"))
        arguments.replaceSubrange(place..<place + 2, with: ["--unsigned"])
        let result = try run(arguments + ["--", "sh", "-c", "echo done $LCUPDATE_SEQUENCE"])
        #expect(result.exit == .code(0))
        #expect(result.errors.contains("not verified") && result.errors.contains("done 1"))
        #expect(directory.read("out") == update.octets, "wrong octets")
        sender.stop()
    }
}
