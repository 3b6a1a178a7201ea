/// BLAKE2b-128 of a symbol, of a hash packet or of two hashes: 16 octets.
public struct SymbolHash: Hashable, Sendable, CustomStringConvertible {
    private let words: (UInt64, UInt64)

    /// Its length on the wire, in octets.
    public static let length = 16
    /// Sixteen zero octets: what fills the hash tree up to a power of two.
    public static let zero = SymbolHash(words: (0, 0))

    private init(words: (UInt64, UInt64)) { self.words = words }

    /// Reads 16 octets at `offset`. The caller has checked that they are there.
    public init(_ octets: RawSpan, at offset: Int) {
        words = (
            octets.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self),
            octets.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
        )
    }

    /// Writes 16 octets at `offset`, for which there must be room.
    public func write(into octets: inout MutableRawSpan, at offset: Int) {
        octets.storeBytes(of: words.0, toByteOffset: offset, as: UInt64.self)
        octets.storeBytes(of: words.1, toByteOffset: offset + 8, as: UInt64.self)
    }

    /// The 16 octets.
    public var octets: [UInt8] {
        var octets = [UInt8](repeating: 0, count: Self.length)
        octets.withMutableBytes { write(into: &$0, at: 0) }
        return octets
    }

    public static func == (a: SymbolHash, b: SymbolHash) -> Bool { a.words == b.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// 32 hexadecimal digits.
    public var description: String { Hexadecimal.text(octets) }
}
