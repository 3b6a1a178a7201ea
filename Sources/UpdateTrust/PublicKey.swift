import CLibSodium

/// An Ed25519 public key (RFC 8032).
public struct PublicKey: Hashable, Sendable {
    /// The 32 octets.
    public let octets: [UInt8]
    public let id: KeyID
    /// What the person who made it wrote behind it.
    public let comment: String

    static let length = 32

    init(_ octets: [UInt8], comment: String = "") {
        self.octets = octets
        self.comment = comment
        id = KeyID(hashing: octets)
    }

    /// Whether the octets were signed with the key's other half.
    func isSignature(_ signature: [UInt8], of octets: [UInt8]) -> Bool {
        Sodium.start()
        return signature.count == Signature.length
            && crypto_sign_verify_detached(signature, octets, UInt64(octets.count), self.octets) == 0
    }

    public static func == (a: PublicKey, b: PublicKey) -> Bool { a.octets == b.octets }

    public func hash(into hasher: inout Hasher) { hasher.combine(octets) }
}

/// An Ed25519 signature.
enum Signature {
    /// In octets.
    static let length = 64
}
