import SeededRandom
import Testing

@testable import UpdateTrust

/// Octets that must be refused, and a word of why.
private struct Damage: CustomTestStringConvertible {
    let testDescription: String
    let octets: [UInt8]
    let reason: String

    /// - Parameter old: hexadecimal digits that stand once in the sample, where `new` is to be.
    init(_ description: String, _ old: String, _ new: String, _ reason: String) {
        testDescription = description
        octets = UpdateTrustTests.octets(
            Hexadecimal.text(Sample.encoded).split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
                .joined(separator: new))
        self.reason = reason
    }
}

@Suite("Manifests")
struct ManifestTests {
    private func refusal(_ octets: [UInt8]) -> ManifestRefusal? {
        do throws(ManifestRefusal) {
            _ = try UpdateManifest(parsing: octets)
            return nil
        } catch {
            return error
        }
    }

    @Test("A literal manifest says what its octets say, and is written as them")
    func literal() throws {
        let manifest = try UpdateManifest(parsing: Sample.encoded)
        #expect(try manifest == Sample.manifest())
        #expect(manifest.object.description == "093e0fa694aa1f83f761fb343e6fe3fc")
        #expect(manifest.sequence == 7)
        #expect(manifest.size == 100_000)
        #expect(manifest.hash == Sample.hash)
        #expect(manifest.root == Sample.root)
        #expect(manifest.layout.object.symbolSize == 1_212)
        #expect(manifest.layout.object.symbolCount == 83)
        #expect(manifest.notAfter?.description == "2027-01-15T08:00:00Z")
        #expect(manifest.label.vendor == "acme")
        #expect(manifest.label.deviceClass == "gateway")
        #expect(manifest.label.fileName == "firmware.img")
        #expect(try Sample.manifest().encoded() == Sample.encoded)
    }

    @Test("What is optional can be left out")
    func optional() throws {
        let manifest = UpdateManifest(
            layout: try Sample.layout(0), hash: Sample.hash, root: Sample.root, sequence: .max)
        let encoded = manifest.encoded()
        #expect(encoded.first == 0xaa)
        #expect(try UpdateManifest(parsing: encoded) == manifest)
    }

    @Test("The longest manifest is within its limit, and signed it fits the smallest packet")
    func longest() throws {
        let manifest = UpdateManifest(
            layout: try Sample.layout(ObjectLayout.maximumSize / 8, symbolSize: 9_148, blocks: 256),
            hash: Sample.hash, root: Sample.root, sequence: .max,
            label: try UpdateLabel(
                vendor: String(repeating: "v", count: 64), deviceClass: String(repeating: "c", count: 64),
                fileName: String(repeating: "f", count: 255)),
            notAfter: UTCTime(seconds: 253_402_300_799))
        let key = Sample.key()
        let signed = SignedManifest(manifest, key: key)
        #expect(manifest.encoded().count <= UpdateManifest.maximumEncodedLength)
        #expect(signed.encoded.count <= SignedManifest.maximumEncodedLength)
        #expect(SignedManifest.maximumEncodedLength <= ObjectLayout.symbolSize(mtu: 1_280))
        #expect(try SignedManifest(parsing: signed.encoded).verify(TrustStore([key.publicKey])) == manifest)
    }

    @Test(
        "Damaged manifests are refused, each with its reason",
        arguments: [
            Damage("not a map", "ae0101", "8e0101", "not a map"),
            Damage("a map without end", "ae0101", "bf0101", "not a map"),
            Damage("version 0", "ae0101", "ae0100", "version 0"),
            Damage("version as text", "ae0101", "ae016131", "version is missing"),
            Damage("no version", "ae0101", "ad", "version is missing"),
            Damage("object id of 15 octets", "50093e", "4f3e", "object has not 16"),
            Damage("object id as text", "50093e", "70093e", "object is missing or of another type"),
            Damage("another object id", "50093e", "50093f", "another object's"),
            Damage("vendor of octets", "6461636d65", "4461636d65", "vendor is missing or of another type"),
            Damage("vendor that is no UTF-8", "6461636d65", "64ff636d65", "no UTF-8"),
            Damage("vendor with a line feed", "6461636d65", "640a636d65", "without control characters"),
            Damage("vendor without letters", "036461636d65", "0360", "vendor is not 1 to 64"),
            Damage(
                "vendor of 65 octets", "6461636d65", "7841" + String(repeating: "61", count: 65), "longer than 64"),
            Damage("vendor twice", "036461636d6504", "036461636d6503", "key 3 twice"),
            Damage("keys out of order", "0467676174657761790507", "05070467676174657761790", ""),
            Damage("negative sequence", "0507", "0526", "sequence is missing or of another type"),
            Damage("floating point", "0507", "05f93c00", "sequence is missing or of another type"),
            Damage("no sequence", "ae0101", "ad0101", ""),
            Damage("sequence in two octets", "0507", "051807", "deterministic"),
            Damage("sequence in nine octets", "0507", "051b0000000000000007", "deterministic"),
            Damage("after the year 9999", "061a6b49d200", "061b0000003afff44180", "year 9999"),
            Damage("too large", "071a000186a0", "071b000000dc5223ad01", "can be sent"),
            Damage("larger than said", "071a000186a0", "071a000186a1", "another object's"),
            Damage("symbol size 0", "091904bc", "0900", "symbol size 0"),
            Damage("symbol size 1,213", "091904bc", "091904bd", "symbol size 1213"),
            Damage("symbol size 2⁶³", "091904bc", "091b8000000000000000", "symbol size"),
            Damage("0 blocks", "0a010b", "0a000b", "0 blocks"),
            Damage("257 blocks", "0a010b", "0a1901010b", "257 blocks"),
            Damage("more blocks than symbols", "0a010b", "0a18540b", "84 blocks"),
            Damage("another K", "0b1853", "0b1854", "does not have 84"),
            Damage("window factor 3", "0c020d", "0c030d", "window factor 3"),
            Damage("root of 15 octets", "0d50000102", "0d4f0102", "root has not 16"),
            Damage("name with a directory", "6669726d776172652e", "6669726d776172652f", "file name"),
            Damage("name ..", "6c6669726d776172652e696d67", "622e2e", "file name"),
            Damage("octets behind", "652e696d67", "652e696d6700", "behind the end"),
            Damage("key 15", "652e696d67", "652e696d670f00", "behind the end"),
            Damage("key 15 in the map", "ae0101", "af0101", "no CBOR item"),
            Damage("a name of 2⁶⁴ − 1 octets", "0e6c", "0e7bffffffffffffffff", "no CBOR item"),
            Damage("a hash of 2³² − 1 octets", "085820", "085affffffff", "no CBOR item"),
            Damage("2⁶⁴ − 1 keys", "ae0101", "bbffffffffffffffff0101", ""),
        ])
    fileprivate func damage(_ damage: Damage) throws {
        try #require(damage.octets != Sample.encoded)
        let refusal = try #require(self.refusal(damage.octets))
        guard case .malformed(let reason) = refusal else {
            Issue.record("\(refusal)")
            return
        }
        #expect(reason.contains(damage.reason), "\(reason)")
    }

    @Test("An unknown key of this version is refused by its number")
    func unknownKey() {
        #expect(
            refusal([0xaf] + Sample.encoded.dropFirst() + [0x0f, 0x00])
                == .malformed("key 15 twice, unknown or out of order"))
    }

    @Test("A manifest of a newer version is refused as such, whatever else is in it")
    func newer() {
        #expect(refusal(octets("a20102186401")) == .newerVersion(2))
        #expect(refusal(octets("a1011bffffffffffffffff")) == .newerVersion(.max))
        #expect(ManifestRefusal.newerVersion(2).description.contains("install a newer one"))
    }

    @Test("No manifest that is cut off is accepted")
    func truncated() {
        for length in 0..<Sample.encoded.count {
            #expect(refusal(Array(Sample.encoded[..<length])) != nil, "\(length) octets")
        }
    }

    @Test("What is accepted is encoded as the very octets it was read from, however they were made")
    func oneEncoding() throws {
        var generator = SeededGenerator(seed: 3)
        var accepted = 0
        for _ in 0..<20_000 {
            var octets = Sample.encoded
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            guard let manifest = try? UpdateManifest(parsing: octets) else { continue }
            accepted += 1
            #expect(manifest.encoded() == octets)
        }
        #expect(accepted > 0)
    }

    @Test("No octets, however random, make it trap")
    func random() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...64, using: &generator)
            var octets = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if count > 2 { octets[0] = 0xa0 | octets[0] & 0x1f }
            _ = refusal(octets)
            _ = try? SignedManifest(parsing: octets)
        }
    }
}
