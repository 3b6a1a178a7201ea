public import IPv6
public import UpdateTransport
public import UpdateTrust

/// What a receiver knows of one update and decides about its packets, without sockets and files.
///
/// The manifest was verified before. Every symbol is compared with its leaf, which hash packets bring; one whose leaf is not
/// known yet goes into the quarantine and comes out when it is. A packet costs at most one hash of a symbol, a hash packet that
/// and the short ones of its path, whoever sent it.
public struct UpdateReception: ~Copyable {
    public let manifest: UpdateManifest
    public private(set) var blocks: [BlockReception]
    private var leaves: LeafStore
    private var hasher: SymbolHasher
    private var quarantine: Quarantine<SymbolHash>

    /// What to do with a packet of the object.
    public enum Verdict: Equatable, Sendable {
        /// It is what was signed: write it, then call `insertSource` or `insertRepair`.
        case verified
        /// Its leaf is not known: write it to this slot.
        case quarantined(slot: Int)
        /// Here already.
        case duplicate
        /// Its block needs no more.
        case redundant
        /// Not what was signed.
        case forged
        /// There is no such symbol.
        case malformed
    }

    /// The most octets of symbols in quarantine.
    public static let quarantineLimit: UInt64 = 128 << 20
    /// The most symbols in quarantine: each takes some 200 octets of memory at most.
    public static let quarantineSymbols = 131_072

    /// - Parameter quarantineSymbols: the most that wait for their leaves; for small objects fewer do anyway.
    public init(_ manifest: UpdateManifest, quarantineSymbols: Int = Self.quarantineSymbols) {
        self.manifest = manifest
        let object = manifest.layout.object
        blocks = (0..<object.blockCount).map { BlockReception(sourceSymbols: object.sourceSymbols($0)) }
        leaves = LeafStore(manifest)
        hasher = SymbolHasher(object: manifest.object)
        // A fifth of the packets lost would keep a fifth of the symbols waiting.
        let octets = min(Self.quarantineLimit, max(object.size / 4, 1 << 20))
        quarantine = Quarantine(capacity: min(Int(octets) / object.symbolSize, quarantineSymbols))
    }

    public var layout: ObjectLayout { manifest.layout.object }

    // MARK: packets

    /// A packet that claims to carry a symbol of the object.
    public mutating func handle(
        _ symbol: RawSpan, block: Int, esi: Int, from source: IPv6Address,
        using random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard layout.contains(block: block, esi: esi), symbol.byteCount == layout.symbolSize else { return .malformed }
        switch blocks[block].interest(esi) {
        case .duplicate: return .duplicate
        case .redundant: return .redundant
        case .wanted: break
        }
        switch leaves.verify(symbol, block: block, esi: esi) {
        case .verified: return .verified
        case .forged: return .forged
        case .unknown: break
        }
        let fingerprint = hasher.leaf(block: block, esi: esi, symbol: symbol)
        switch quarantine.admit(block: block, esi: esi, fingerprint: fingerprint, from: source, using: &random) {
        case .kept(let slot): return .quarantined(slot: slot)
        case .known: return .duplicate
        }
    }

    /// A packet that claims to carry hashes. After `learned` each of the symbols is to be asked for with `resolve`.
    public mutating func handle(hashes payload: RawSpan, at place: HashPacketPlace) -> LeafStore.Insertion {
        leaves.insert(payload, at: place)
    }

    /// A symbol whose leaf has become known: the slot of quarantine that holds it, if one does, and how many forged ones there
    /// were.
    public mutating func resolve(block: Int, esi: Int) -> (right: Int?, wrong: Int) {
        guard let leaf = leaves.leaf(block: block, esi: esi) else { return (nil, 0) }
        let found = quarantine.resolve(block: block, esi: esi, leaf)
        let isWanted = blocks[block].interest(esi) == .wanted
        return (isWanted ? found.right : nil, found.wrong)
    }

    /// Whether these octets are the symbol that was signed, as far as its leaf is known.
    public mutating func isRight(_ symbol: RawSpan, block: Int, esi: Int) -> Bool {
        leaves.verify(symbol, block: block, esi: esi) == .verified
    }

    /// The leaf of a verified symbol.
    public func leaf(block: Int, esi: Int) -> SymbolHash? { leaves.leaf(block: block, esi: esi) }

    /// The leaves of the source symbols that a block lacks, by rising ESI; nil if not all are known.
    public func missingLeaves(_ block: Int) -> [SymbolHash]? {
        var missing: [SymbolHash] = []
        for esi in 0..<layout.sourceSymbols(block) where !blocks[block].contains(esi) {
            guard let leaf = leaves.leaf(block: block, esi: esi) else { return nil }
            missing.append(leaf)
        }
        return missing
    }

    // MARK: what has been done

    /// A verified source symbol is in the file.
    public mutating func insertSource(block: Int, esi: Int) {
        blocks[block].insertSource(esi)
        if blocks[block].phase == .complete { forget(block) }
    }

    /// A verified repair symbol was written to a place.
    public mutating func insertRepair(block: Int, esi: Int, place: UInt64) {
        blocks[block].insertRepair(esi, place: place)
    }

    /// If a block has enough symbols to try: from now on somebody does.
    public mutating func beginTrying(_ block: Int) -> Bool {
        guard blocks[block].isReady else { return false }
        blocks[block].beginTrying()
        return true
    }

    public mutating func needsMore(_ block: Int) {
        blocks[block].needsMore()
        if blocks[block].phase == .complete { forget(block) }
    }

    public mutating func becomeDecodable(_ block: Int) {
        blocks[block].becomeDecodable()
        forget(block)
    }

    public mutating func complete(_ block: Int) {
        blocks[block].complete()
        forget(block)
    }

    /// Nothing of a block is needed any more.
    private mutating func forget(_ block: Int) {
        leaves.forget(block: block)
        quarantine.discard(block: block, symbols: 2 * layout.sourceSymbols(block))
    }

    // MARK: numbers

    /// Every block is here or can be made, if only nearly certainly: no more packets are needed.
    public var isSatisfied: Bool { blocks.allSatisfy(\.isSatisfied) }
    public var isComplete: Bool { blocks.allSatisfy { $0.phase == .complete } }
    /// Symbols that are here, as far as they are needed.
    public var received: Int { blocks.reduce(0) { $0 + $1.progress } }
    /// Symbols that the object needs.
    public var needed: Int { layout.symbolCount }
    /// Symbols in quarantine.
    public var quarantined: Int { quarantine.count }
    /// About how many octets of memory it takes.
    public var octets: Int {
        leaves.octets + quarantine.octets
            + blocks.reduce(0) { $0 + $1.sourceSymbols / 4 + 4 * $1.repairs.capacity + 8 * $1.places.capacity }
    }
}
