/// The Merkle tree over the hash packets of an object; its root is what the manifest signs.
///
/// It is as deep as the path of the packets is long; leaves missing up to the power of two are zero octets. Of each level
/// only what stands above packets is stored, about 32 octets for each packet in all.
public struct HashTree: Sendable {
    public let layout: HashLayout
    /// From the packets upwards.
    private let levels: [[SymbolHash]]
    /// What the nodes of each level are under which there are no packets.
    private let filling: [SymbolHash]

    /// - Parameter leaves: of all packets, in their order.
    init(_ layout: HashLayout, leaves: [SymbolHash], hasher: inout SymbolHasher) {
        self.layout = layout
        var levels = [leaves]
        var filling = [SymbolHash.zero]
        for level in 0..<layout.pathLength {
            let below = levels[level]
            var nodes: [SymbolHash] = []
            nodes.reserveCapacity((below.count + 1) / 2)
            for left in stride(from: 0, to: below.count, by: 2) {
                nodes.append(hasher.node(below[left], left + 1 < below.count ? below[left + 1] : filling[level]))
            }
            levels.append(nodes)
            filling.append(hasher.node(filling[level], filling[level]))
        }
        self.levels = levels
        self.filling = filling
    }

    public var root: SymbolHash { levels.last?.first ?? .zero }

    /// The siblings of a packet's nodes, lowest first.
    func path(of number: Int) -> [SymbolHash] {
        (0..<layout.pathLength).map { level in
            let sibling = number >> level ^ 1
            return sibling < levels[level].count ? levels[level][sibling] : filling[level]
        }
    }
}
