/// BLAKE2b-256 of a whole file: 32 octets.
public struct FileHash: Hashable, Sendable, CustomStringConvertible {
    /// The 32 octets.
    public let octets: [UInt8]

    /// Its length on the wire, in octets.
    public static let length = 32

    /// - Returns: nil unless there are 32 octets.
    public init?(_ octets: some Sequence<UInt8>) {
        let octets = Array(octets)
        guard octets.count == Self.length else { return nil }
        self.octets = octets
    }

    init(finishing hash: consuming BLAKE2b) { octets = hash.finish(count: Self.length) }

    /// 64 hexadecimal digits.
    public var description: String { Hexadecimal.text(octets) }
}

/// Hashes a file piece by piece.
public struct FileHasher: ~Copyable {
    private let state: BLAKE2b

    public init() { state = BLAKE2b(length: FileHash.length) }

    public func update(_ octets: RawSpan) { state.update(octets) }

    public consuming func finish() -> FileHash { FileHash(finishing: state) }
}
