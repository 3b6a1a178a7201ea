/// The public keys whose signatures count.
public struct TrustStore: Sendable {
    private var keys: [KeyID: PublicKey] = [:]

    /// The most keys of a file, and of a store.
    public static let maximumKeys = 64

    public init(_ keys: [PublicKey]) {
        for key in keys { self.keys[key.id] = key }
    }

    /// Reads files of public keys, each with one or more lines.
    public init(files: [String]) throws(KeyError) {
        for path in files {
            for key in try PublicKey.read(path, limit: Self.maximumKeys) { keys[key.id] = key }
            guard keys.count <= Self.maximumKeys else { throw .tooMany(path, limit: Self.maximumKeys) }
        }
    }

    /// The key of this id, if it is trusted.
    public subscript(id: KeyID) -> PublicKey? { keys[id] }

    public var count: Int { keys.count }
}
