import Glibc
import LinuxSystem
import Testing
import UpdateTrust

@testable import UpdateAgent

/// What an administrator sees of each thing that can go wrong: one line of its own that says what to do, an exit code, and
/// nothing left where the file was to be.
@Suite("lcupdate, when something is wrong", .serialized)
struct ErrorTableTests {
    private static let key = TestKey()
    private static let other = TestKey()
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try Self.key.key.save(to: directory("KEY"))
        try Self.other.key.save(to: directory("OTHER"))
    }

    /// A case, and what it is to end with.
    private struct Expected {
        let name: String
        var code: Int32
        /// All of standard error; what varies is marked with an asterisk.
        var line: String
    }

    /// A program that runs.
    private struct Started {
        let expected: Expected
        let program: RunningProgram
        /// What has to go on until it ends.
        var company: [AnyObject] = []
    }

    // MARK: receive

    /// Options that end it soon.
    private func receive(_ name: String, _ more: [String], key: String = "KEY.pub", output: String? = nil) -> [String] {
        let base = [
            "receive", "--group", group.description, "--interface", "vb", "--timeout", "0.6", "--state",
            directory("state-\(name)"), "--output", output ?? directory("out-\(name)"),
        ]
        return base + (key.isEmpty ? [] : ["--key", directory(key)]) + more
    }

    /// - Parameter keeps: what has come, under a name of its own, for the next attempt.
    private func check(_ all: [Started], keeps: Bool = false, _ place: SourceLocation = #_sourceLocation) {
        for started in all {
            let result = started.program.wait()
            let expected = started.expected
            #expect(result.exit == .code(expected.code), "\(expected.name): \(result.errors)", sourceLocation: place)
            #expect(
                Self.matches(result.errors, expected.line + "\n"), "\(expected.name): \(result.errors)",
                sourceLocation: place)
            withExtendedLifetime(started.company) {}
        }
        let left = directory.names.filter { $0.hasPrefix("out") || $0.hasPrefix(".") && !keeps }
        #expect(left.isEmpty, sourceLocation: place)
    }

    /// Whether a text is a pattern, line by line; an asterisk stands for anything.
    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count == patterns.count
            && zip(lines, patterns).allSatisfy { fnmatch(escaped($1), String($0), 0) == 0 }
    }

    /// Brackets stand for themselves.
    private static func escaped(_ pattern: Substring) -> String {
        pattern.reduce(into: "") { $0 += "[]?\\".contains($1) ? "\\\($1)" : String($1) }
    }

    @Test("What is sent and must not be taken")
    func refusals() throws {
        let octets = content(5_000)
        let signed = try TestUpdate(octets, key: Self.key, sequence: 6, vendor: "acme", deviceClass: "gateway")
        let id = Self.key.key.publicKey.id
        let shared = try UpdateLink()
        let sender = TestTransmitter(shared, signed.packets())
        var all: [Started] = []
        /// - Parameter packets: what is sent; nil: the signed update.
        func add(
            _ name: String, _ packets: [[UInt8]]? = nil, _ more: [String] = [], key: String = "KEY.pub",
            code: Int32 = 76, line: String
        ) throws {
            let link = packets == nil ? shared : try UpdateLink()
            let company: [AnyObject] = [link, packets.map { TestTransmitter(link, $0) } ?? sender]
            all.append(
                Started(
                    expected: Expected(name: name, code: code, line: line),
                    program: try RunningProgram(receive(name, more, key: key), on: link, in: directory, name: name),
                    company: company))
        }
        /// Warned of when it is heard, and said in the end.
        func refuse(
            _ name: String, _ packets: [[UInt8]]? = nil, _ more: [String] = [], key: String = "KEY.pub", why: String
        ) throws {
            let warning = key.isEmpty ? "warning: updates are not verified: whoever can send to [*] decides*\n" : ""
            let place = "[\(group)]:4242 on vb"
            try add(
                name, packets, more, key: key,
                line:
                    "\(warning)warning: not taken: \(why)\nlcupdate: timed out; what is sent to \(place) is not taken: \(why)"
            )
        }
        try refuse(
            "key", key: "OTHER.pub", why: "signed with key \(id), which is not trusted here: check --key")
        try refuse(
            "unsigned", TestUpdate(octets, key: nil).packets(),
            why: "the update is not signed: sign it with a key, or take unsigned updates with --unsigned")
        try refuse(
            "signed", nil, ["--unsigned"], key: "",
            why:
                "signed with key \(id), and only unsigned updates are taken: give its public key with --key instead of --unsigned"
        )
        var forged = signed.signed.encoded
        forged[forged.count - 3] ^= 1
        try refuse(
            "forged", [TestUpdate.packet(.manifest, forged)],
            why: "the signature is not of key \(id), which it names: damaged or forged")
        try refuse("cut", [TestUpdate.packet(.manifest, Array(forged.dropLast(9)))], why: "malformed manifest: *")
        try refuse(
            "expired", TestUpdate(octets, key: Self.key, notAfter: UTCTime(seconds: 1_000_000_000)).packets(),
            why: "expired at 2001-09-09T01:46:40Z, now it is *: sign it again, or set the clock")
        try refuse("vendor", nil, ["--vendor", "other"], why: "for vendor acme, not other: check --vendor")
        try refuse("class", nil, ["--class", "switch"], why: "for class gateway, not switch: check --class")
        try refuse(
            "large", nil, ["--maximum-size", "4k"],
            why: "has 5000 octets, more than the 4000 allowed here: raise --maximum-size")
        for (name, sequence) in [("older", UInt64(7)), ("same", 6)] {
            _ = try StateDirectory(directory("state-\(name)"))
            let accepted = AcceptedUpdate(
                sequence: sequence, object: try TestUpdate(content(9), key: Self.key).manifest.object)
            try AntiRollback(directory: directory("state-\(name)")).record(accepted, from: id)
        }
        try refuse("older", why: "sequence 6 is older than 7, which was accepted before: sign with a higher one")
        try refuse("same", why: "another update of sequence 6 was accepted before: sign with a higher one")
        _ = try StateDirectory(directory("state-damaged"))
        _ = try directory.write([1, 2, 3], to: "state-damaged/\(id).accepted")
        try add(
            "damaged", code: 1,
            line:
                "lcupdate: */\(id).accepted is damaged, so that older updates cannot be told from newer ones: remove it *"
        )
        let place = "[\(group)]:4242 on vb"
        try add(
            "rubbish", [[0], [], Array(repeating: 0xff, count: 1_200)], code: 75,
            line: "lcupdate: timed out; nothing but * packets of another kind heard from \(place): something else *")
        try add(
            "early", Array(signed.packets()[1..<9]), code: 75,
            line: "lcupdate: timed out; an update was heard from \(place), but not its manifest; try again")
        try add(
            "silence", [], code: 75,
            line: "lcupdate: timed out; nothing heard from \(place): is there a sender, and do routers forward *")
        check(all)
        all = []
        try add(
            "half", Array(signed.packets()[..<9]), code: 75,
            line: "lcupdate: timed out with * of 20 symbols; they are kept for the next attempt")
        check(all, keeps: true)
    }

    @Test("Files, directories, interfaces and keys of a receiver")
    func receiver() throws {
        let link = try UpdateLink()
        try link.ip("link", "add", "down0", "type", "veth", "peer", "name", "down1")
        try link.ip("link", "add", "plain", "type", "veth", "peer", "name", "plain1")
        try link.ip("link", "set", "plain1", "up")
        try link.ip("link", "set", "plain", "multicast", "off", "up")
        let update = try TestUpdate(content(5_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        mkdir(directory("readonly"), 0o755)
        mkfifo(directory("fifo"), 0o600)
        _ = try directory.write(Array("nothing\n".utf8), to: "rubbish.pub")
        var all: [Started] = []
        func add(_ name: String, _ arguments: [String], before: [String] = [], code: Int32 = 1, line: String) throws {
            all.append(
                Started(
                    expected: Expected(name: name, code: code, line: line),
                    program: try RunningProgram(arguments, on: link, in: directory, name: name, before: before),
                    company: [sender]))
        }
        func interface(_ name: String) -> [String] { receive(name, []).map { $0 == "vb" ? name : $0 } }
        let readOnly = [
            "unshare", "--mount", "sh", "-c", #"mount -t tmpfs -o ro tmpfs "$0" && exec "$@""#, directory("readonly"),
        ]
        try add(
            "nosuch", interface("nosuch"),
            line: "lcupdate: interface nosuch: No such device; name an interface of this host with --interface")
        try add(
            "down", interface("down0"), code: 75,
            line:
                "lcupdate: timed out; nothing heard from * on down0, which is down, not connected or without multicast: see ip link show down0"
        )
        try add(
            "plain", interface("plain"), code: 75,
            line:
                "lcupdate: timed out; nothing heard from * on plain, which is down, not connected or without multicast: see ip link show plain"
        )
        try add(
            "directory", receive("a", [], output: directory("none/file")),
            line: "lcupdate: open directory */none: No such file or directory")
        try add(
            "isdir", receive("b", [], output: directory.path),
            line: "lcupdate: \(directory.path) is a directory; name the file to write")
        try add(
            "slash", receive("b", [], output: directory("x/")),
            line: "lcupdate: */x/ is a directory; name the file to write")
        try add(
            "fifo", receive("c", [], output: directory("fifo")),
            line: "lcupdate: */fifo is not a regular file and will not be replaced")
        try add(
            "readonly", receive("d", [], output: directory("readonly/file")), before: readOnly,
            line:
                "lcupdate: write to directory */readonly: Read-only file system; name a file with --output that may be written"
        )
        try add(
            "state", receive("e", ["--state", directory("readonly/state")]), before: readOnly,
            line:
                "lcupdate: make state directory */readonly/state: Read-only file system; name one that may be written with --state"
        )
        try add(
            "statefile", receive("f", ["--state", directory("KEY")]),
            line: "lcupdate: open state directory */KEY: Not a directory; name one that may be written with --state")
        try add(
            "nokey", receive("g", [], key: "none.pub"), line: "lcupdate: open */none.pub: No such file or directory")
        try add(
            "secret", receive("h", [], key: "KEY"),
            line: "lcupdate: */KEY is a secret key: give the public one, */KEY.pub")
        try add(
            "notakey", receive("i", [], key: "rubbish.pub"),
            line: "lcupdate: */rubbish.pub is no key file: a line 'lcroute-ed25519 BASE64' was expected")
        try add("keydir", receive("j", [], key: "."), line: "lcupdate: */. is not a regular file")
        check(all)
    }

    @Test("Two receivers of one file: the second one says so, the first one goes on")
    func locked() throws {
        let link = try UpdateLink()
        let update = try TestUpdate(content(50_000), key: Self.key)
        let beginning = TestTransmitter(link, Array(update.packets()[..<40]))
        let arguments = receive("first", ["--timeout", "20"], output: directory("out"))
        let first = try RunningProgram(arguments, on: link, in: directory, name: "first")
        try eventually { directory.names.contains { $0.hasPrefix(".out") } }
        let second = try RunningProgram(
            receive("second", [], output: directory("out")), on: link, in: directory, name: "second")
        let result = second.wait()
        #expect(result.exit == .code(1))
        #expect(
            result.errors
                == "lcupdate: another lcupdate is receiving \(directory("out")): stop it, or name another --output\n")
        beginning.stop()
        let whole = TestTransmitter(link, update.packets())
        #expect(first.wait().exit == .code(0))
        #expect(directory.read("out") == update.octets)
        whole.stop()
    }

    // MARK: send

    @Test("Files, interfaces and keys of a sender")
    func sender() throws {
        let link = try UpdateLink()
        _ = try SampleUpdate(content(20_000), in: directory)
        let whole = try #require(directory.read("update.lcu"))
        func damaged(_ name: String, _ change: (inout [UInt8]) -> Void) throws {
            var octets = whole
            change(&octets)
            _ = try directory.write(octets, to: name)
        }
        try damaged("manifest.lcu") { $0[30] ^= 1 }
        try damaged("leaf.lcu") { $0[600] ^= 1 }
        try damaged("content.lcu") { $0[$0.count - 5] ^= 1 }
        try damaged("short.lcu") { $0.removeLast(100) }
        try damaged("empty.lcu") { $0 = [] }
        try damaged("other.lcu") { $0 = Array("an image".utf8) }
        _ = try SampleUpdate(500, in: directory, notAfter: 1_000_000_000, name: "expired.lcu")
        _ = try SampleUpdate(500, in: directory, isSigned: false, name: "unsigned.lcu")
        _ = try SampleUpdate(content(5_000), in: directory, symbolSize: 1_432, name: "large.lcu")
        var all: [Started] = []
        func add(_ name: String, _ more: [String] = [], file: String? = nil, code: Int32 = 1, line: String) throws {
            let arguments =
                ["send", directory(file ?? "\(name).lcu"), "--group", group.description, "--trigger", "always"] + more
                + (more.contains("--interface") ? [] : ["--interface", "va"])
            all.append(
                Started(
                    expected: Expected(name: name, code: code, line: line),
                    program: try RunningProgram(arguments, on: link, in: directory, name: name)))
        }
        try add("none", line: "lcupdate: open */none.lcu: No such file or directory")
        try add("dir", file: ".", line: "lcupdate: */. is not a regular file")
        for (name, why) in [
            ("manifest", "damaged: malformed manifest: *"),
            ("leaf", "damaged: the hashes of its symbols are not those *"),
            ("content", "damaged: the file in it is not the one that was signed"),
            ("short", "damaged: it has * octets where its manifest makes it *"),
        ] { try add(name, code: 76, line: "lcupdate: */\(name).lcu is \(why); copy it or sign it again") }
        for name in ["empty", "other"] {
            try add(name, code: 76, line: "lcupdate: */\(name).lcu is no update file: make one with lcupdate sign")
        }
        try add(
            "expired", code: 76,
            line:
                "lcupdate: */expired.lcu: expired at 2001-09-09T01:46:40Z, now it is *: sign it again, or set the clock"
        )
        try add(
            "unsigned", code: 76,
            line: "lcupdate: */unsigned.lcu is not signed: sign it with a key, or send it with --unsigned")
        try add(
            "key", ["--key", directory("OTHER.pub")], file: "update.lcu", code: 76,
            line: "lcupdate: */update.lcu: signed with key *, which is not trusted here: check --key")
        try add(
            "nokey", ["--key", directory("none.pub")], file: "update.lcu",
            line: "lcupdate: open */none.pub: No such file or directory")
        try add(
            "large",
            line:
                "lcupdate: */large.lcu was signed for packets of 1500 octets: give --mtu 1500 if all links carry them, or sign it again with --mtu 1280"
        )
        try add(
            "nosuch", ["--interface", "nosuch"], file: "update.lcu",
            line: "lcupdate: interface nosuch: No such device; name an interface of this host with --interface")
        try add(
            "source", ["--source", "2001:db8::99"], file: "update.lcu",
            line:
                "lcupdate: bind to source 2001:db8::99: Cannot assign requested address; give --source an address of this host"
        )
        check(all)
    }

    @Test("Keys of a signer", arguments: [0o640, 0o604])
    func signer(mode: mode_t) throws {
        let link = try UpdateLink()
        _ = try directory.write([1], to: "file")
        chmod(directory("KEY"), mode)
        let program = try RunningProgram(
            [
                "sign", directory("file"), "--key", directory("KEY"), "--sequence", "1", "--output",
                directory("out.lcu"),
            ],
            on: link, in: directory, name: "sign")
        check([
            Started(
                expected: Expected(
                    name: "sign", code: 1,
                    line:
                        "lcupdate: */KEY: mode \(String(mode, radix: 8)) lets others at the secret key: chmod 600 it, *"
                ), program: program)
        ])
    }
}
