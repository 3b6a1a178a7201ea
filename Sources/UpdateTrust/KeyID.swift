/// Names a public key: the first 8 octets of its BLAKE2b-256.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let octets: [UInt8]

    public static let length = 8

    /// - Returns: nil unless there are 8 octets.
    init?(_ octets: some Sequence<UInt8>) {
        let octets = Array(octets)
        guard octets.count == Self.length else { return nil }
        self.octets = octets
    }

    init(hashing key: [UInt8]) {
        let state = BLAKE2b(length: 32)
        state.update(key.span.bytes)
        octets = Array(state.finish(count: 32).prefix(Self.length))
    }

    /// 16 hexadecimal digits.
    public var description: String { Hexadecimal.text(octets) }
}
