/// What a signer says about an update. Everything a receiver believes follows from it.
///
/// On the wire a deterministic CBOR map (RFC 8949 §4.2.1) with these keys:
///
///      1  version, 1                        9  octets of a symbol (T)
///      2  object id, 16 octets             10  blocks (Z), 1 to 256
///      3  vendor, text, optional           11  source symbols of the first block (K)
///      4  class, text, optional            12  window factor (W), 2
///      5  sequence                         13  root of the hash tree, 16 octets
///      6  not after, seconds since 1970    14  file name, text, optional
///         (UTC), optional
///      7  octets of the file               8  BLAKE2b-256 of the file
///
/// There is one encoding of a manifest: any other octets are refused.
public struct UpdateManifest: Hashable, Sendable {
    public let object: UpdateID
    /// How the object is cut; with the size of the file.
    public let layout: HashLayout
    /// Of the whole file.
    public let hash: FileHash
    /// Of the tree over the hash packets.
    public let root: SymbolHash
    /// Grows with each update of a key: receivers refuse less than the highest they accepted.
    public let sequence: UInt64
    public let label: UpdateLabel
    /// Receivers refuse it after this time; nil is never.
    public let notAfter: UTCTime?

    public static let version: UInt64 = 1

    /// A manifest for an object; its id follows from the layout and the hash.
    public init(
        layout: HashLayout, hash: FileHash, root: SymbolHash, sequence: UInt64, label: UpdateLabel = UpdateLabel(),
        notAfter: UTCTime? = nil
    ) {
        object = UpdateID(layout: layout.object, hash: hash)
        self.layout = layout
        self.hash = hash
        self.root = root
        self.sequence = sequence
        self.label = label
        self.notAfter = notAfter
    }

    /// Octets of the file.
    public var size: UInt64 { layout.object.size }
}
