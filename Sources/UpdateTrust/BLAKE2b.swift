import CLibSodium

/// BLAKE2b (RFC 7693), piece by piece, by libsodium.
struct BLAKE2b: ~Copyable {
    private let state: UnsafeMutableRawPointer
    private var opaque: OpaquePointer { OpaquePointer(state) }

    /// - Parameter length: octets of the result, 16 to 64.
    init(length: Int) {
        Sodium.start()
        // libsodium wants its state aligned to 64 octets.
        state = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        restart(length: length)
    }

    deinit { state.deallocate() }

    /// Forgets what was hashed.
    func restart(length: Int) { crypto_generichash_init(opaque, nil, 0, length) }

    func update(_ octets: RawSpan) {
        octets.withUnsafeBytes {
            _ = crypto_generichash_update(opaque, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
        }
    }

    func update(_ text: StaticString) {
        crypto_generichash_update(opaque, text.utf8Start, UInt64(text.utf8CodeUnitCount))
    }

    func update(bigEndian number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) {
            _ = crypto_generichash_update(opaque, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64($0.count))
        }
    }

    /// The result; `count` is the length it was started with. Start again before hashing anything else.
    func finish(count: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        crypto_generichash_final(opaque, &result, count)
        return result
    }

    /// The result of a hash of 16 octets, without allocating.
    func finishSymbolHash() -> SymbolHash {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: SymbolHash.length) { buffer in
            if let base = buffer.baseAddress { crypto_generichash_final(opaque, base, buffer.count) }
            return SymbolHash(Span(_unsafeElements: buffer).bytes, at: 0)
        }
    }
}
