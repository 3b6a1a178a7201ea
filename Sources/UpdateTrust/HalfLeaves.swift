import RaptorQ

/// The known leaves of a half of a block, and the pieces that will tell the others.
struct HalfLeaves {
    /// Source pieces one after the other; empty before the first piece of any kind.
    private var leaves: [UInt8] = []
    /// Which source pieces are in.
    private var isKnown: [Bool] = []
    private var known = 0
    /// Repair pieces, one after the other, and which they are.
    private var repair: [UInt8] = []
    private var repairIndices: [Int] = []
    private var isClosed: Bool

    init(isForgotten: Bool = false) { isClosed = isForgotten }

    enum Learned { case nothing, piece, everything }

    var octets: Int { leaves.capacity + repair.capacity + isKnown.capacity }

    /// Whether this piece is not in yet and not superfluous.
    func needs(_ index: Int) -> Bool {
        if isClosed { return false }
        return index < isKnown.count ? !isKnown[index] : !repairIndices.contains(index)
    }

    /// Takes a piece that `needs` asked for.
    ///
    /// - Parameter pieces: K_h, source pieces of the half.
    mutating func insert(_ index: Int, _ piece: RawSpan, pieces: Int) -> Learned {
        let length = piece.byteCount
        if leaves.isEmpty {
            leaves = Array(repeating: 0, count: pieces * length)
            isKnown = Array(repeating: false, count: pieces)
        }
        if index < pieces {
            put(piece, index)
        } else {
            piece.withUnsafeBytes { repair.append(contentsOf: $0) }
            repairIndices.append(index)
        }
        guard known == pieces || known + repairIndices.count >= pieces && recover(pieces, length) else {
            return index < pieces ? .piece : .nothing
        }
        isClosed = true
        repair = []
        repairIndices = []
        return .everything
    }

    /// A leaf by its number in the half.
    func leaf(_ number: Int, perPiece: Int) -> SymbolHash? {
        let piece = number / perPiece
        guard piece < isKnown.count, isKnown[piece] else { return nil }
        return SymbolHash(leaves.span.bytes, at: number * SymbolHash.length)
    }

    private mutating func put(_ piece: RawSpan, _ index: Int) {
        let length = piece.byteCount
        leaves.withUnsafeMutableBytes { leaves in
            piece.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: leaves[index * length..<(index + 1) * length]).copyMemory(
                    from: $0)
            }
        }
        if !isKnown[index] { known += 1 }
        isKnown[index] = true
    }

    /// Makes the missing source pieces out of the others; false if that needs one more. (How likely that is does not depend
    /// on who sends: every piece here is one that the signer made.)
    private mutating func recover(_ pieces: Int, _ length: Int) -> Bool {
        do {
            let decoder = try BlockDecoder(sourceSymbols: pieces, symbolSize: length)
            try leaves.withUnsafeBytes { leaves in
                for index in 0..<pieces where isKnown[index] {
                    try decoder.add(
                        UInt32(index), UnsafeRawBufferPointer(rebasing: leaves[index * length..<(index + 1) * length]))
                }
            }
            try repair.withUnsafeBytes { repair in
                for (slot, index) in repairIndices.enumerated() {
                    try decoder.add(
                        UInt32(index), UnsafeRawBufferPointer(rebasing: repair[slot * length..<(slot + 1) * length]))
                }
            }
            guard try decoder.decode() else { return false }
            try decoder.forEachRecovered { id, piece in put(RawSpan(_unsafeBytes: piece), Int(id)) }
            return known == pieces
        } catch {
            return false
        }
    }
}
