import RaptorQ

/// A receiver's verified leaves: what the signed root stands for, as far as hash packets have told.
///
/// A source piece gives its leaves at once. Repair pieces are kept until there are K_h pieces of the half, which give all of
/// its leaves. Only verified pieces are kept, each once, so that strangers fill nothing: for a half of a block at most 32
/// octets for each of its K symbols while pieces are missing, 16 afterwards.
public struct LeafStore: ~Copyable {
    private var verifier: HashPacketVerifier
    /// Two for each block.
    private var halves: [HalfLeaves]

    /// What became of a hash packet.
    public enum Insertion: Equatable, Sendable {
        /// The leaves of these encoding symbols are known now; of some of them they may have been before.
        case learned(Range<Int>)
        /// Kept until there are enough pieces.
        case kept
        /// It said nothing new; it was not even looked at.
        case redundant
        case malformed
        case forged
    }

    /// What a symbol is.
    public enum Verdict: Equatable, Sendable {
        case verified
        /// Its leaf is not known yet.
        case unknown
        /// Not the symbol that was signed; or there is no such symbol.
        case forged
    }

    public init(_ layout: HashLayout, object: UpdateID, root: SymbolHash) {
        verifier = HashPacketVerifier(layout, object: object, root: root)
        halves = Array(repeating: HalfLeaves(), count: 2 * layout.object.blockCount)
    }

    /// For the object of a manifest.
    public init(_ manifest: UpdateManifest) {
        self.init(manifest.layout, object: manifest.object, root: manifest.root)
    }

    public var layout: HashLayout { verifier.layout }

    /// Takes a hash packet's payload, if it is one. It costs at most one hash of a piece and `HashLayout.pathLength` short
    /// ones; the last piece that a half needs also decodes it.
    public mutating func insert(_ payload: RawSpan, at place: HashPacketPlace) -> Insertion {
        guard layout.contains(place) else { return .malformed }
        let index = Self.index(place.block, place.half)
        guard halves[index].needs(place.index) else { return .redundant }
        switch verifier.verify(payload, at: place) {
        case .malformed: return .malformed
        case .forged: return .forged
        case .verified: break
        }
        let count = layout.object.sourceSymbols(place.block)
        let learned = halves[index].insert(
            place.index, payload.extracting(last: layout.pieceLength), pieces: layout.pieces(place.block))
        switch learned {
        case .nothing: return .kept
        case .piece: return .learned(layout.symbols(place))
        case .everything: return .learned(place.half == .source ? 0..<count : count..<2 * count)
        }
    }

    /// Whether a hash packet would say something new.
    public func needs(_ place: HashPacketPlace) -> Bool {
        layout.contains(place) && halves[Self.index(place.block, place.half)].needs(place.index)
    }

    /// The leaf of an encoding symbol, if it is known.
    public func leaf(block: Int, esi: Int) -> SymbolHash? {
        guard layout.object.contains(block: block, esi: esi) else { return nil }
        let count = layout.object.sourceSymbols(block)
        return halves[Self.index(block, esi < count ? .source : .repair)]
            .leaf(esi < count ? esi : esi - count, perPiece: layout.pieceLeaves)
    }

    /// Compares a symbol with its leaf: at most one hash of a symbol.
    public mutating func verify(_ symbol: RawSpan, block: Int, esi: Int) -> Verdict {
        guard layout.object.contains(block: block, esi: esi), symbol.byteCount == layout.object.symbolSize else {
            return .forged
        }
        guard let leaf = leaf(block: block, esi: esi) else { return .unknown }
        return verifier.hasher.leaf(block: block, esi: esi, symbol: symbol) == leaf ? .verified : .forged
    }

    /// Gives up the leaves of a block that is complete; further hash packets of it are redundant.
    public mutating func forget(block: Int) {
        guard 0..<layout.object.blockCount ~= block else { return }
        for half in WindowHalf.allCases { halves[Self.index(block, half)] = HalfLeaves(isForgotten: true) }
    }

    /// Octets held.
    public var octets: Int { halves.reduce(0) { $0 + $1.octets } }

    private static func index(_ block: Int, _ half: WindowHalf) -> Int { 2 * block + Int(half.rawValue) }
}
