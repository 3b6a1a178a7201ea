import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateTrust

/// keygen, sign and inspect as programs: exit codes and words.
@Suite("Commands")
struct CommandTests {
    private struct Outcome {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(content(5_000), to: "file")
        try #require(run("keygen", directory("KEY")).exit == .code(0))
    }

    private func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

    private func run(_ arguments: [String]) throws -> Outcome {
        let files = try ["output", "errors"].map { name in
            try check("open", open(directory(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600))
        }
        defer { for file in files { close(file) } }
        var options = ChildProcess.Options()
        (options.standardOutput, options.standardError) = (files[0], files[1])
        let exit = try ChildProcess([BuiltProgram.path(of: "lcupdate")] + arguments, options: options).wait()
        return Outcome(exit: exit, output: directory.text("output"), errors: directory.text("errors"))
    }

    @Test("What is signed is inspected with what was said of it, as JSON in one line")
    func signed() throws {
        let signing = try run(
            "sign", directory("file"), "--key", directory("KEY"), "--sequence", "18446744073709551615", "--vendor",
            "acme",
            "--class", "gateway", "--expires", "2999-01-01T00:00:00+01:00", "--mtu", "1500", "--block-symbols", "2")
        #expect(signing.exit == .code(0), "\(signing.errors)")
        #expect(signing.errors.isEmpty)
        let update = directory("file.lcu")
        #expect(signing.output.hasPrefix("\(update): sequence 18446744073709551615, object "))
        let inspection = try run("inspect", update, "--key", directory("KEY.pub"), "--json")
        #expect(inspection.exit == .code(0), "\(inspection.errors)")
        let reader = try UpdateFileReader(path: update)
        let key = try #require(reader.signed.keyID)
        #expect(
            inspection.output == """
                {"object_id":"\(reader.manifest.object)","file":"file","size":5000,"hash":"\(reader.manifest.hash)",\
                "symbol_size":1432,"source_symbols":4,"blocks":2,"block_symbols":2,"window":2,\
                "sequence":18446744073709551615,"vendor":"acme","class":"gateway","expires":"2998-12-31T23:00:00Z",\
                "key_id":"\(key)","verified":true}

                """)
        #expect(try run("inspect", update).output.contains("signature not checked"))
    }

    @Test("An unsigned update needs its own flag, and there is a warning")
    func unsigned() throws {
        let signing = try run(
            "sign", directory("file"), "--unsigned", "--sequence", "1", "-o", directory("u.lcu"), "--json")
        #expect(signing.exit == .code(0))
        #expect(signing.errors.contains("warning: ") && signing.errors.contains("not signed"))
        #expect(signing.output.contains(#""key_id":null,"verified":null"#))
        #expect(try run("inspect", directory("u.lcu")).exit == .code(0))
        let refusal = try run("inspect", directory("u.lcu"), "--key", directory("KEY.pub"))
        #expect(refusal.exit == .code(76))
        #expect(refusal.output.isEmpty)
        #expect(refusal.errors.contains("not signed"))
    }

    @Test(
        "Wrong usage is exit code 64",
        arguments: [
            ["sign", "--sequence", "1"], ["sign", "--key", "K", "--unsigned", "--sequence", "1"],
            ["sign", "--key", "K"],
            ["sign", "--key", "K", "--sequence", "-1"], ["sign", "--key", "K", "--sequence", "18446744073709551616"],
            ["sign", "--key", "K", "--sequence", "1", "--expires", "tomorrow"],
            ["sign", "--key", "K", "--sequence", "1", "--expires", "2020-01-01T00:00:00Z"],
            ["sign", "--key", "K", "--sequence", "1", "--mtu", "1279"],
            ["sign", "--key", "K", "--sequence", "1", "--mtu", "1500", "--symbol-size", "1212"],
            ["sign", "--key", "K", "--sequence", "1", "--symbol-size", "1213"],
            ["sign", "--key", "K", "--sequence", "1", "--block-symbols", "0"],
            ["sign", "--key", "K", "--sequence", "1", "--vendor", ""],
            ["sign", "--key", "K", "--sequence", "1", "--class", "a\nb"], ["keygen", "", "--comment", "x"],
            ["keygen", "--comment", "a\nb"], ["send", "--group", "ff12::1"],
            ["send", "--group", "ff01::1", "--trigger", "always"],
            ["receive", "--group", "ff11::1", "--unsigned", "--output"],
        ])
    func usage(arguments: [String]) throws {
        let outcome = try run(arguments + [directory("other")])
        #expect(outcome.exit == .code(64), "\(outcome.errors)")
        #expect(directory.names == ["KEY", "KEY.pub", "errors", "file", "output"])
    }

    @Test("What files and keys go wrong with has a line and an exit code of its own")
    func failures() throws {
        func sign(_ key: String, to output: String = "x.lcu") throws -> Outcome {
            try run(
                "sign", directory("file"), "--key", directory(key), "--sequence", "1", "--output", directory(output))
        }
        func expect(_ outcome: Outcome, _ code: Int32, _ words: String, _ place: SourceLocation = #_sourceLocation) {
            #expect(outcome.exit == .code(code), sourceLocation: place)
            #expect(outcome.output.isEmpty, sourceLocation: place)
            #expect(outcome.errors.contains(words), "\(outcome.errors)", sourceLocation: place)
            #expect(outcome.errors.split(separator: "\n").count == 1, sourceLocation: place)
        }
        expect(try run("keygen", directory("KEY")), 1, "exists and will not be overwritten")
        expect(try sign("none"), 1, "No such file")
        expect(try sign("KEY.pub"), 1, "is a public key")
        expect(try sign("KEY", to: "file"), 1, "is no update file")
        expect(try sign("KEY", to: "none/x.lcu"), 1, "No such file")
        try check("chmod", chmod(directory("KEY"), 0o640))
        expect(try sign("KEY"), 1, "chmod 600")
        try check("chmod", chmod(directory("KEY"), 0o600))
        #expect(directory.names == ["KEY", "KEY.pub", "errors", "file", "output"])

        #expect(try sign("KEY").exit == .code(0))
        #expect(try run("keygen", directory("K2")).exit == .code(0))
        expect(try run("inspect", directory("x.lcu"), "--key", directory("K2.pub")), 76, "not trusted here")
        expect(try run("inspect", directory("x.lcu"), "--key", directory("KEY")), 1, "is a secret key")
        expect(try run("inspect", directory("none")), 1, "No such file")
        expect(try run("inspect", directory("file")), 76, "is no update file")
        var octets = try #require(directory.read("x.lcu"))
        octets[octets.count - 1] ^= 1
        try directory.write(octets, to: "x.lcu")
        expect(try run("inspect", directory("x.lcu")), 76, "is damaged")
    }
}
