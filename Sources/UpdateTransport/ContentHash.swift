/// BLAKE2b-256 over a whole file: 32 octets, kept as words so that comparing is four integer operations.
public struct ContentHash: Hashable, Sendable {
    var words: (UInt64, UInt64, UInt64, UInt64)

    /// Its length on the wire, in octets.
    public static let length = 32

    /// Reads 32 octets at `offset`. The caller has checked that they are there.
    public init(_ octets: RawSpan, at offset: Int) {
        words = (
            octets.word(at: offset), octets.word(at: offset + 8), octets.word(at: offset + 16),
            octets.word(at: offset + 24)
        )
    }

    func write(into octets: inout MutableRawSpan, at offset: Int) {
        octets.store(words.0, at: offset)
        octets.store(words.1, at: offset + 8)
        octets.store(words.2, at: offset + 16)
        octets.store(words.3, at: offset + 24)
    }

    /// The 32 octets.
    public var octets: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    public static func == (a: ContentHash, b: ContentHash) -> Bool { a.words == b.words }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

/// Names an object on the wire: the first 16 octets of BLAKE2b-256 over its size (64 bits, network order) and its hash.
public struct ObjectID: Hashable, Sendable, CustomStringConvertible {
    var high: UInt64
    var low: UInt64

    /// Its length on the wire, in octets.
    public static let length = 16

    /// Reads 16 octets at `offset`. The caller has checked that they are there.
    public init(_ octets: RawSpan, at offset: Int) {
        high = octets.word(at: offset)
        low = octets.word(at: offset + 8)
    }

    /// The first 16 octets of a hash.
    public init(prefixOf hash: ContentHash) {
        high = hash.words.0
        low = hash.words.1
    }

    func write(into octets: inout MutableRawSpan, at offset: Int) {
        octets.store(high, at: offset)
        octets.store(low, at: offset + 8)
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension RawSpan {
    func octet(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    func short(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    func word(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension MutableRawSpan {
    mutating func store(_ word: UInt64, at offset: Int) {
        storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt64.self)
    }
}
