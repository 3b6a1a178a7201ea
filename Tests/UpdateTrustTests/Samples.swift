import SeededRandom

@testable import UpdateTrust

/// The octets of hexadecimal digits.
func octets(_ digits: String) -> [UInt8] { Hexadecimal.octets(digits) ?? [] }

/// Octets that look random and are the same in every run.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var octets = [UInt8](repeating: 0, count: count)
    for index in octets.indices { octets[index] = .random(in: 0...255, using: &generator) }
    return octets
}

enum Sample {
    static let seed: [UInt8] = Array(0..<32)
    static let hash = FileHash(0x80..<0xa0)!
    static let root = SymbolHash(([UInt8](0..<16)).span.bytes, at: 0)

    /// The key of `seed`.
    static func key() -> SigningKey { SigningKey(seed: seed, comment: "") }

    static func layout(_ size: UInt64, symbolSize: Int = 1_212, blocks: Int = 1) throws -> HashLayout {
        try HashLayout(ObjectLayout(size: size, symbolSize: symbolSize, blockCount: blocks))
    }

    /// The manifest whose octets are `encoded`.
    static func manifest(sequence: UInt64 = 7, notAfter: UInt64? = 1_800_000_000) throws -> UpdateManifest {
        UpdateManifest(
            layout: try layout(100_000), hash: hash, root: root, sequence: sequence,
            label: try UpdateLabel(vendor: "acme", deviceClass: "gateway", fileName: "firmware.img"),
            notAfter: notAfter.flatMap { UTCTime(seconds: $0) })
    }

    /// Made with Python's hashlib, cbor2 and cryptography.
    static let encoded = octets(
        """
        ae01010250093e0fa694aa1f83f761fb343e6fe3fc036461636d650467676174657761790507061a6b49d200071a000186a0\
        085820808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f091904bc0a010b18530c020d500001\
        02030405060708090a0b0c0d0e0f0e6c6669726d776172652e696d67
        """)
    /// The same with the signature of the key of `seed`.
    static let signed =
        octets("d28443a10127a104489d24e2eeaf27c2a05880") + encoded
        + octets(
            """
            58404912722cea3bc998a86b646398b01a2e6626ba693e409aed1cbd417af5de7e216b35f0577cdd75d2d106220874ed69318e\
            368c407c54b4baeaf0b85c474c1902
            """)
}
