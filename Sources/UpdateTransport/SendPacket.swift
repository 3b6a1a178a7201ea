/// What one packet of a sender carries.
public enum SendPacket: Hashable, Sendable {
    /// An encoding symbol of the object.
    case content(block: Int, esi: Int)
    /// Leaves of symbols: packet `index` of the source symbols' half of a block, or of the repair symbols' half.
    case hash(block: Int, half: Half, index: Int)
    case manifest
    /// A packet of the announcement for FLUTE receivers, from 0 on.
    case announcement(Int)

    /// A half of the window of a block.
    public enum Half: Int, CaseIterable, Sendable { case source, repair }
}
