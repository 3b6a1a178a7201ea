import Glibc
import LinuxSystem
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("lcupdate receive, when something is wrong", .serialized)
struct ReceiveErrorTests {
    private static let key = TestKey()
    private static let other = TestKey()
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try Self.key.key.save(to: directory("KEY"))
        try Self.other.key.save(to: directory("OTHER"))
    }

    /// Options that end it soon.
    private func receive(_ name: String, _ more: [String], key: String = "KEY.pub", output: String? = nil) -> [String] {
        let base = [
            "receive", "--group", group.description, "--interface", "vb", "--timeout", "0.6", "--state",
            directory("state-\(name)"), "--output", output ?? directory("out-\(name)"),
        ]
        return base + (key.isEmpty ? [] : ["--key", directory(key)]) + more
    }

    private func interface(_ name: String) -> [String] { receive(name, []).map { $0 == "vb" ? name : $0 } }

    @Test("What is sent and must not be taken")
    func refusals() throws {
        let octets = content(5_000)
        let signed = try TestUpdate(octets, key: Self.key, sequence: 6, vendor: "acme", deviceClass: "gateway")
        let id = Self.key.key.publicKey.id
        let shared = try UpdateLink()
        let sender = TestTransmitter(shared, signed.packets())
        var all: [ExpectedError] = []
        /// - Parameter packets: what is sent; nil: the signed update.
        func add(
            _ name: String, _ packets: [[UInt8]]? = nil, _ more: [String] = [], key: String = "KEY.pub",
            code: Int32 = 76, line: String
        ) throws {
            let link = packets == nil ? shared : try UpdateLink()
            let company: [AnyObject] = [link, packets.map { TestTransmitter(link, $0) } ?? sender]
            all.append(
                ExpectedError(
                    name: name, code: code, line: line,
                    program: try RunningProgram(receive(name, more, key: key), on: link, in: directory, name: name),
                    company: company))
        }
        /// Warned of when it is heard, and said in the end.
        func refuse(
            _ name: String, _ packets: [[UInt8]]? = nil, _ more: [String] = [], key: String = "KEY.pub", why: String
        ) throws {
            let warning = key.isEmpty ? "* warning: updates are not verified: whoever can send to [*] decides*\n" : ""
            let place = "[\(group)]:4242 on vb"
            try add(
                name, packets, more, key: key,
                line:
                    "\(warning)* warning: not taken: \(why)\nlcupdate: timed out; what is sent to \(place) is not taken: \(why)"
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
            "forged", [signed.packet(.manifest, forged)],
            why: "the signature is not of key \(id), which it names: damaged or forged")
        try refuse("cut", [signed.packet(.manifest, Array(forged.dropLast(9)))], why: "malformed manifest: *")
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
        try refuse("older", why: "sequence 6 is older than 7, which this device has accepted; ignored")
        try refuse(
            "same", why: "another update of sequence 6 than this device has accepted; ignored: sign with a higher one")
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
        for expected in all { expected.check() }
        ExpectedError.checkNothingLeft(in: directory)
        all = []
        try add(
            "manifest", [signed.packets()[0]], code: 75,
            line:
                "lcupdate: timed out; the manifest of an update was heard, and nothing else of it: does its sender go on?"
        )
        let large = try TestUpdate(octets, key: Self.key, symbolSize: 1_432)
        try add(
            "largepackets", [large.packet(.manifest)], code: 75,
            line:
                "lcupdate: timed out; the manifest of an update was heard, but none of its packets of 1500 octets: a link on the way may carry less; sign it with a smaller --mtu"
        )
        try add(
            "half", Array(signed.packets()[..<9]), code: 75,
            line: "lcupdate: timed out with * of 20 symbols; they are kept for the next attempt")
        for expected in all { expected.check() }
    }

    @Test("Files, directories, interfaces and keys of a receiver")
    func receiver() throws {
        let link = try UpdateLink()
        try link.ip("link", "add", "down0", "type", "veth", "peer", "name", "down1")
        try link.ip("link", "add", "plain", "type", "veth", "peer", "name", "plain1")
        try link.ip("link", "set", "plain1", "up")
        try link.ip("link", "set", "plain", "multicast", "off", "up")
        try link.ip("link", "property", "add", "dev", "down0", "altname", "alternative-name-of-down0")
        for name in ["port", "small", "no.six", "cut"] {
            try link.ip("link", "add", name, "type", "veth", "peer", "name", "\(name)1")
            try link.ip("link", "set", name, "up")
            if name != "cut" { try link.ip("link", "set", "\(name)1", "up") }
        }
        try link.ip("link", "add", "br0", "type", "bridge")
        try link.ip("link", "set", "port", "master", "br0")
        try link.ip("link", "set", "small", "mtu", "1279")
        try link.sysctl("net/ipv6/conf/no.six/disable_ipv6", "1")
        let update = try TestUpdate(content(5_000), key: Self.key)
        let sender = TestTransmitter(link, update.packets())
        mkdir(directory("readonly"), 0o755)
        mkfifo(directory("fifo"), 0o600)
        _ = try directory.write(Array("nothing\n".utf8), to: "rubbish.pub")
        var all: [ExpectedError] = []
        func add(_ name: String, _ arguments: [String], before: [String] = [], code: Int32 = 1, line: String) throws {
            all.append(
                ExpectedError(
                    name: name, code: code, line: line,
                    program: try RunningProgram(arguments, on: link, in: directory, name: name, before: before),
                    company: [sender]))
        }
        let readOnly = [
            "unshare", "--mount", "sh", "-c", #"mount -t tmpfs -o ro tmpfs "$0" && exec "$@""#, directory("readonly"),
        ]
        func unusable(_ interface: String, _ subject: String, _ advice: String) throws {
            try add(
                interface, self.interface(interface), code: 75,
                line: """
                    * warning: waiting for \(subject): \(advice)
                    lcupdate: timed out; nothing heard from [\(group)]:4242, waiting for \(subject): \(advice)
                    """)
        }
        try unusable(
            "nosuch", "nosuch, which does not exist", "name an interface of this host with --interface")
        try unusable("down0", "down0, which is down", "ip link set down0 up")
        try unusable("alternative-name-of-down0", "down0, which is down", "ip link set down0 up")
        try unusable("plain", "plain, which is without multicast", "ip link set plain multicast on")
        try unusable("cut", "cut, which has no carrier", "see to its cable, or to what is at the other end")
        try unusable("port", "port, which is a port of the bridge br0", "name br0 with --interface")
        try unusable(
            "small", "small, whose MTU of 1279 is too small for IPv6", "ip link set small mtu 1280, or more")
        try unusable("no.six", "no.six, where IPv6 is disabled", "sysctl net.ipv6.conf.no/six.disable_ipv6=0")
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
        for expected in all { expected.check() }
        ExpectedError.checkNothingLeft(in: directory)
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
            result.errors.hasSuffix(
                "\nlcupdate: another lcupdate is receiving \(directory("out")): stop it, or name another --output\n"))
        beginning.stop()
        let whole = TestTransmitter(link, update.packets())
        #expect(first.wait().exit == .code(0))
        #expect(directory.read("out") == update.octets)
        whole.stop()
    }
}
