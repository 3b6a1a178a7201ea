import CLibSodium
import UpdateTransport

/// BLAKE2b-256, piece by piece.
struct ContentHasher: ~Copyable {
    private let state: UnsafeMutableRawPointer
    private var opaque: OpaquePointer { OpaquePointer(state) }

    init() {
        // libsodium wants its state aligned to 64 octets.
        state = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        _ = sodium_init()  // picks the fastest code for this processor; without it the portable code runs
        crypto_generichash_init(opaque, nil, 0, ContentHash.length)
    }

    deinit { state.deallocate() }

    func update(_ octets: RawSpan) {
        _ = octets.withUnsafeBytes {
            crypto_generichash_update(opaque, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
        }
    }

    consuming func finish() -> ContentHash {
        var result = [UInt8](repeating: 0, count: ContentHash.length)
        crypto_generichash_final(opaque, &result, result.count)
        return ContentHash(result.span.bytes, at: 0)
    }
}

extension ObjectID {
    /// The id of a file: see `ObjectID`.
    static func identify(size: UInt64, hash: ContentHash) -> ObjectID {
        let input = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: size >> $0) } + hash.octets
        let hasher = ContentHasher()
        hasher.update(input.span.bytes)
        return ObjectID(prefixOf: hasher.finish())
    }
}
