import Glibc
import LinuxSystem
import TestFiles
import Testing

@testable import UpdateTrust

/// Python with cbor2, pycose and the raptorq wheel, which share no code with this.
@Suite(
    "Manifests and update files elsewhere",
    .enabled(if: getenv("LCROUTE_ORACLES") != nil, "needs LCROUTE_ORACLES, which scripts/test sets"))
struct OracleTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// What the script says; its complaints are the test's.
    private func script(_ arguments: String...) throws -> String {
        let python = try #require(getenv("LCROUTE_ORACLES").map { String(cString: $0) + "/bin/python3" })
        let script = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Oracles/trust.py"
        let output = try Descriptor("open", open(directory("output"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600))
        var options = ChildProcess.Options()
        options.standardOutput = output.number
        options.standardError = output.number
        let exit = try ChildProcess([python, script] + arguments, options: options).wait()
        let text = String(decoding: directory.read("output") ?? [], as: UTF8.self)
        try #require(exit == .code(0), "\(text)")
        return String(text.dropLast())
    }

    @Test("pycose verifies our envelope, cbor2 reads our manifest")
    func ours() throws {
        let key = Sample.key()
        let text = try script(
            "manifest", Hexadecimal.text(Sample.signed), Hexadecimal.text(key.publicKey.octets))
        #expect(
            text == """
                {"1":1,"2":"093e0fa694aa1f83f761fb343e6fe3fc","3":"acme","4":"gateway","5":7,"6":1800000000,"7":100000,\
                "8":"\(Sample.hash)","9":1212,"10":1,"11":83,"12":2,"13":"\(Sample.root)","14":"firmware.img"}
                """)
    }

    @Test("An envelope made with pycose and cbor2 is verified and read here")
    func theirs() throws {
        let envelope = octets(try script("make", Hexadecimal.text(Sample.seed)))
        let manifest = try SignedManifest(parsing: envelope).verify(TrustStore([Sample.key().publicKey]))
        #expect(manifest.sequence == 70_000)
        #expect(manifest.size == 5_000_000)
        #expect(manifest.layout.object.blockCount == 3)
        #expect(manifest.label.fileName == "größer.img")
        #expect(manifest.label.vendor == nil)
        #expect(manifest.notAfter == nil)
        #expect(SignedManifest(manifest, key: Sample.key()).encoded == envelope)
    }

    @Test(
        "An update file has the leaves and the root that hashlib and the raptorq wheel make",
        arguments: [(1, 256, 40), (5_000, 256, 40), (30_001, 256, 50), (100_000, 1_432, 30), (64_000, 512, 56_403)])
    func file(size: Int, symbolSize: Int, blockSymbols: Int) throws {
        let update = try TestUpdate(size, symbolSize: symbolSize, blockSymbols: blockSymbols)
        let text = try script("file", update.path, Hexadecimal.text(Sample.key().publicKey.octets))
        #expect(
            text
                == "\(update.manifest.layout.object.blockCount) blocks, \(update.manifest.layout.packetCount) hash packets"
        )
    }
}
