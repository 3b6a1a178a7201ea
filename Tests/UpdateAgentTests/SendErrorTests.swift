import Glibc
import LinuxSystem
import TestFiles
import Testing
import UpdateTrust

@testable import UpdateAgent

@Suite("lcupdate send and sign, when something is wrong", .serialized)
struct SendErrorTests {
    private static let key = TestKey()
    private static let other = TestKey()
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try Self.key.key.save(to: directory("KEY"))
        try Self.other.key.save(to: directory("OTHER"))
    }

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
        var all: [ExpectedError] = []
        func add(_ name: String, _ more: [String] = [], file: String? = nil, code: Int32 = 1, line: String) throws {
            let arguments =
                ["send", directory(file ?? "\(name).lcu"), "--group", group.description, "--trigger", "always"] + more
                + (more.contains("--interface") ? [] : ["--interface", "va"])
            all.append(
                ExpectedError(
                    name: name, code: code, line: line,
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
        for expected in all { expected.check() }
        ExpectedError.checkNothingLeft(in: directory)
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
        ExpectedError(
            name: "sign", code: 1,
            line:
                "lcupdate: */KEY: mode \(String(mode, radix: 8)) lets other users read or change the secret key: chmod 600 it, *",
            program: program
        ).check()
        ExpectedError.checkNothingLeft(in: directory)
    }
}
