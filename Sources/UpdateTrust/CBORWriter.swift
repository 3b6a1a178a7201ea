import CLibCBOR

/// Writes deterministic CBOR (RFC 8949 §4.2.1): libcbor writes numbers as short as they go; maps are written in the order
/// of their keys by the caller.
struct CBORWriter {
    private(set) var octets: [UInt8] = []

    mutating func unsigned(_ value: UInt64) { head { cbor_encode_uint(value, $0, $1) } }

    /// −1 − `value`.
    mutating func negative(_ value: UInt64) { head { cbor_encode_negint(value, $0, $1) } }

    mutating func bytes(_ value: some Collection<UInt8>) {
        head { cbor_encode_bytestring_start(value.count, $0, $1) }
        octets += value
    }

    mutating func text(_ value: String) {
        head { cbor_encode_string_start(value.utf8.count, $0, $1) }
        octets += value.utf8
    }

    mutating func array(_ count: Int) { head { cbor_encode_array_start(count, $0, $1) } }

    mutating func map(_ count: Int) { head { cbor_encode_map_start(count, $0, $1) } }

    mutating func tag(_ value: UInt64) { head { cbor_encode_tag(value, $0, $1) } }

    /// What begins an item has nine octets at most.
    private mutating func head(_ encode: (UnsafeMutablePointer<UInt8>?, Int) -> Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 9) { buffer in
            let count = encode(buffer.baseAddress, buffer.count)
            octets.append(contentsOf: buffer[..<count])
        }
    }
}
