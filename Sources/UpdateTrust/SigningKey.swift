import CLibSodium

/// An Ed25519 key pair. The secret is overwritten when its owner goes.
public struct SigningKey: ~Copyable {
    public let publicKey: PublicKey
    /// Seed and public key, as libsodium has them.
    private let secret: UnsafeMutablePointer<UInt8>

    static let seedLength = 32
    private static let secretLength = 64

    /// A new key, from the kernel's random numbers.
    public init(comment: String = "") {
        Sodium.start()
        secret = .allocate(capacity: Self.secretLength)
        var key = [UInt8](repeating: 0, count: PublicKey.length)
        crypto_sign_keypair(&key, secret)
        publicKey = PublicKey(key, comment: comment)
    }

    /// The key that 32 octets make.
    init(seed: [UInt8], comment: String) {
        Sodium.start()
        secret = .allocate(capacity: Self.secretLength)
        var key = [UInt8](repeating: 0, count: PublicKey.length)
        crypto_sign_seed_keypair(&key, secret, seed)
        publicKey = PublicKey(key, comment: comment)
    }

    deinit {
        sodium_memzero(secret, Self.secretLength)
        secret.deallocate()
    }

    func sign(_ octets: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Signature.length)
        crypto_sign_detached(&signature, nil, octets, UInt64(octets.count), secret)
        return signature
    }

    /// Base64 of the seed.
    func seedText() -> [UInt8] {
        Sodium.base64(UnsafeRawBufferPointer(start: secret, count: Self.seedLength))
    }
}
