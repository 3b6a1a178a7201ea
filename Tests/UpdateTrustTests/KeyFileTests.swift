import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateTrust

@Suite("Key files")
struct KeyFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Why a secret key is refused.
    private func refusal(secret name: String) -> KeyError? {
        do throws(KeyError) {
            _ = try SigningKey(contentsOf: directory(name))
            return nil
        } catch {
            return error
        }
    }

    private func refusal(public name: String) -> KeyError? {
        do throws(KeyError) {
            _ = try TrustStore(files: [directory(name)])
            return nil
        } catch {
            return error
        }
    }

    @Test("A key is written so that only its owner can read it, its other half so that everybody can")
    func saved() throws {
        let key = SigningKey(comment: "release 2027")
        try key.save(to: directory("KEY"))
        #expect(try directory.mode("KEY") == 0o600)
        #expect(try directory.mode("KEY.pub") == 0o644)
        let read = try SigningKey(contentsOf: directory("KEY"))
        #expect(read.publicKey == key.publicKey)
        #expect(read.publicKey.comment == "release 2027")
        #expect(read.sign([1, 2, 3]) == key.sign([1, 2, 3]))
        let trusted = try TrustStore(files: [directory("KEY.pub")])
        #expect(trusted[key.publicKey.id]?.comment == "release 2027")
    }

    @Test("The files of a literal key are as they are documented")
    func literal() throws {
        let key = SigningKey(seed: Sample.seed, comment: "test")
        try key.save(to: directory("KEY"))
        let secret = try #require(directory.read("KEY"))
        let open = try #require(directory.read("KEY.pub"))
        #expect(
            String(decoding: secret, as: UTF8.self)
                == "lcroute-ed25519-secret AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= test\n")
        #expect(
            String(decoding: open, as: UTF8.self)
                == "lcroute-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= test\n")
        #expect(key.publicKey.id.description == "9d24e2eeaf27c2a0")
    }

    @Test("Two keys are not the same")
    func different() {
        #expect(SigningKey().publicKey != SigningKey().publicKey)
    }

    @Test("Neither half is ever overwritten, and nothing is left of a try")
    func existing() throws {
        let key = SigningKey()
        try directory.write([1], to: "KEY")
        #expect(throws: KeyError.exists(directory("KEY"))) { try key.save(to: directory("KEY")) }
        #expect(directory.read("KEY") == [1])
        try directory.write([2], to: "OTHER.pub")
        #expect(throws: KeyError.exists(directory("OTHER.pub"))) { try key.save(to: directory("OTHER")) }
        #expect(directory.names == ["KEY", "OTHER.pub"])
        #expect(throws: KeyError.system(SystemError("create \(directory("none/KEY"))", errno: ENOENT))) {
            try key.save(to: directory("none/KEY"))
        }
    }

    @Test("A secret that others may read is refused", arguments: [0o640, 0o604, 0o660, 0o620, 0o602, 0o601, 0o777])
    func permissions(mode: mode_t) throws {
        try SigningKey().save(to: directory("KEY"))
        try check("chmod", chmod(directory("KEY"), mode))
        #expect(refusal(secret: "KEY") == .readableByOthers(directory("KEY"), mode: mode))
        #expect(refusal(secret: "KEY")?.description.contains("chmod 600") == true)
        try check("chmod", chmod(directory("KEY"), 0o400))
        #expect(refusal(secret: "KEY") == nil)
    }

    @Test("A secret of somebody else is refused", .enabled(if: geteuid() == 0, "needs root"))
    func owner() throws {
        try SigningKey().save(to: directory("KEY"))
        try check("chown", chown(directory("KEY"), 12_345, 12_345))
        #expect(refusal(secret: "KEY") == .foreignOwner(directory("KEY"), owner: 12_345))
    }

    @Test("A key of the wrong half is named as such")
    func halves() throws {
        try SigningKey().save(to: directory("KEY"))
        #expect(refusal(public: "KEY") == .wrongKind(directory("KEY"), isSecret: true))
        #expect(refusal(secret: "KEY.pub") == .wrongKind(directory("KEY.pub"), isSecret: false))
    }

    @Test(
        "What is no key file is refused",
        arguments: [
            "", "\n", "# a comment\n", "lcroute-ed25519", "lcroute-ed25519 \n", "lcroute-ed25519 AAAA\n",
            "lcroute-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMb==\n",
            "lcroute-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\n",
            "lcroute-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgA\n",
            "lcroute-ed25519 A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n",
            "ssh-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\n",
            "lcroute-ed25519 A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\nrubbish\n",
        ])
    func malformed(text: String) throws {
        try directory.write(text.utf8, to: "KEY", mode: 0o600)
        #expect(refusal(public: "KEY") == .malformed(directory("KEY"), expected: "lcroute-ed25519"))
        if !text.contains("rubbish") {
            #expect(refusal(secret: "KEY") == .malformed(directory("KEY"), expected: "lcroute-ed25519-secret"))
        }
    }

    @Test("A file may hold several public keys, comments and empty lines")
    func several() throws {
        let keys = (0..<3).map { PublicKey([UInt8](repeating: UInt8($0 + 1), count: 32), comment: "no. \($0)") }
        let text = keys.flatMap { $0.encoded() + Array("\n# rotated\r\n".utf8) }
        try directory.write(text, to: "keys")
        let trusted = try TrustStore(files: [directory("keys"), directory("keys")])
        #expect(trusted.count == 3)
        for key in keys { #expect(trusted[key.id] == key) }
        try directory.write((0..<65).flatMap { PublicKey([UInt8](repeating: $0, count: 32)).encoded() }, to: "many")
        #expect(refusal(public: "many") == .tooMany(directory("many"), limit: 64))
    }

    @Test("What is no file, and what is not there, is refused without waiting")
    func noFile() throws {
        #expect(refusal(secret: "none") == .system(SystemError("open \(directory("none"))", errno: ENOENT)))
        try check("mkfifo", mkfifo(directory("fifo"), 0o600))
        #expect(refusal(secret: "fifo") == .notAFile(directory("fifo")))
        #expect(refusal(public: "fifo") == .notAFile(directory("fifo")))
        try check("mkdir", mkdir(directory("folder"), 0o700))
        #expect(refusal(secret: "folder") == .notAFile(directory("folder")))
    }
}
