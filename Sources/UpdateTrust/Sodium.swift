import CLibSodium

/// libsodium, which picks the fastest code for this processor when it starts; without that the portable code runs.
enum Sodium {
    private static let started = sodium_init()

    static func start() { _ = started }

    /// Overwrites a secret; the compiler does not leave this out.
    static func erase(_ octets: inout [UInt8]) {
        octets.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) }
    }

    /// Base64 with padding (RFC 4648 §4).
    static func base64(_ octets: UnsafeRawBufferPointer) -> [UInt8] {
        let capacity = sodium_base64_encoded_len(octets.count, sodium_base64_VARIANT_ORIGINAL)
        var text = [UInt8](repeating: 0, count: capacity)
        text.withUnsafeMutableBytes {
            guard let text = $0.baseAddress?.assumingMemoryBound(to: CChar.self),
                let base = octets.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return }
            sodium_bin2base64(text, capacity, base, octets.count, sodium_base64_VARIANT_ORIGINAL)
        }
        text.removeLast()  // the zero at the end
        return text
    }

    /// What the text means if it is Base64 of exactly `count` octets.
    static func octets(base64 text: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: count)
        var length = 0
        let status = text.withUnsafeBytes { text in
            sodium_base642bin(
                &octets, count, text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count, nil, &length, nil,
                sodium_base64_VARIANT_ORIGINAL)
        }
        guard status == 0, length == count else { return nil }
        return octets
    }
}
