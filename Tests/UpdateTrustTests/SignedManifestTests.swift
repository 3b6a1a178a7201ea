import SeededRandom
import Testing

@testable import UpdateTrust

@Suite("Signed manifests")
struct SignedManifestTests {
    private func trusted() -> TrustStore { TrustStore([Sample.key().publicKey]) }

    private func refusal(_ octets: [UInt8], _ keys: TrustStore? = nil) -> ManifestRefusal? {
        do throws(ManifestRefusal) {
            _ = try SignedManifest(parsing: octets).verify(keys ?? trusted())
            return nil
        } catch {
            return error
        }
    }

    @Test("A literal envelope is verified, and made of the same manifest and key")
    func literal() throws {
        let envelope = try SignedManifest(parsing: Sample.signed)
        #expect(envelope.keyID?.description == "9d24e2eeaf27c2a0")
        #expect(try envelope.verify(trusted()) == Sample.manifest())
        let key = Sample.key()
        #expect(try SignedManifest(Sample.manifest(), key: key).encoded == Sample.signed)
        #expect(try SignedManifest(Sample.manifest(), key: key) == envelope)
    }

    @Test("Whichever bit is flipped, it is refused")
    func flipped() {
        for bit in 0..<Sample.signed.count * 8 {
            var octets = Sample.signed
            octets[bit / 8] ^= 1 << (bit % 8)
            #expect(refusal(octets) != nil, "bit \(bit)")
        }
    }

    @Test("Wherever it is cut off, and with anything behind it, it is refused")
    func truncated() {
        for length in 0..<Sample.signed.count { #expect(refusal(Array(Sample.signed[..<length])) != nil) }
        #expect(refusal(Sample.signed + [0]) != nil)
        #expect(refusal(Array(repeating: 0xd2, count: 100_000)) == .malformed("longer than a manifest can be"))
    }

    @Test("Another key, and a signature of another key, are told apart")
    func keys() throws {
        let other = SigningKey(comment: "")
        #expect(refusal(Sample.signed, TrustStore([other.publicKey])) == .wrongKey(Sample.key().publicKey.id))
        #expect(refusal(Sample.signed, TrustStore([])) == .wrongKey(Sample.key().publicKey.id))
        #expect(refusal(Sample.signed, TrustStore([other.publicKey, Sample.key().publicKey])) == nil)
        let forged = SignedManifest(try Sample.manifest(), key: other).encoded
        let id = Sample.key().publicKey.id
        let renamed = Array(forged[..<9] + id.octets + forged[17...])
        #expect(refusal(renamed) == .badSignature(id))
    }

    @Test("A signature is none of another manifest")
    func swapped() throws {
        let other = SignedManifest(try Sample.manifest(sequence: 8), key: Sample.key()).encoded
        #expect(
            refusal(Array(other.dropLast(64) + Sample.signed.suffix(64))) == .badSignature(Sample.key().publicKey.id))
    }

    @Test("A manifest that nobody signed is only read by those who ask for that")
    func unsigned() throws {
        let bare = SignedManifest(unsigned: try Sample.manifest())
        #expect(bare.encoded == Sample.encoded)
        #expect(bare.keyID == nil)
        let parsed = try SignedManifest(parsing: Sample.encoded)
        #expect(parsed == bare)
        #expect(try parsed.unverified() == Sample.manifest())
        #expect(refusal(Sample.encoded) == .unsigned)
    }

    @Test(
        "Other forms of the envelope are refused",
        arguments: [
            ("without tag", "d284", "84"), ("tag 98", "d284", "d86284"), ("five parts", "d284", "d285"),
            ("alg ES256", "43a10127", "43a10126"), ("no alg", "43a10127", "40"),
            ("alg with a long length", "43a10127", "5803a10127"),
            ("no key id", "a10448", "a048"), ("a longer key id", "a10448", "a10449"),
            ("key id as text", "a10448", "a10468"), ("two headers", "a10448", "a20448"),
            ("alg in the other header too", "a104489d24e2eeaf27c2a0", "a20126" + "04489d24e2eeaf27c2a0"),
            ("payload elsewhere", "5880ae01", "f6ae01"), ("length of the payload in four octets", "5880ae", "590080ae"),
            ("indefinite array", "d284", "d29f"),
        ])
    func forms(name: String, old: String, new: String) throws {
        let text = Hexadecimal.text(Sample.signed)
        let changed = text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(separator: new)
        try #require(changed != text)
        guard case .malformed = refusal(octets(changed)) else {
            Issue.record("\(name): \(refusal(octets(changed)).map { "\($0)" } ?? "accepted")")
            return
        }
    }
}
