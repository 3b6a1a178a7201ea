/// What the objects of a session are, by their Transport Object Identifiers (RFC 5651 §5.1).
public enum SessionObject: UInt32, CaseIterable, Sendable {
    /// The announcement to FLUTE receivers (RFC 6726 §3.3).
    case announcement = 0
    /// The update itself.
    case update = 1
    /// Hash packets: the hashes of the update's symbols, with their paths to the signed root.
    case hashes = 2
    /// The signed manifest.
    case manifest = 3
}
