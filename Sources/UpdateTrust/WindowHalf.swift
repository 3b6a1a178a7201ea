/// A half of the window of a block's encoding symbols, of K symbols each.
public enum WindowHalf: UInt8, CaseIterable, Sendable {
    /// ESI 0 ..< K: the object itself.
    case source = 0
    /// ESI K ..< 2·K: the first K repair symbols.
    case repair = 1
}

/// Which hash packet: FEC payload ID and place in the tree.
public struct HashPacketPlace: Hashable, Sendable {
    public var block: Int
    public var half: WindowHalf
    /// 0 ..< 2·`pieces` of the block: source pieces first, then repair pieces.
    public var index: Int

    public init(block: Int, half: WindowHalf, index: Int) {
        self.block = block
        self.half = half
        self.index = index
    }

    /// The ESI of its FEC payload ID: half·2²³ + index.
    public var esi: UInt32 { UInt32(half.rawValue) << 23 | UInt32(truncatingIfNeeded: index) }

    /// What an FEC payload ID says; whether there is such a packet is `HashLayout.contains`.
    public init(block: Int, esi: UInt32) {
        self.block = block
        half = esi & 1 << 23 == 0 ? .source : .repair
        index = Int(esi & (1 << 23 - 1))
    }
}
