/// The payload of a hash packet: a piece of the leaves and its path to the root (see `HashLayout`).
public enum HashPacket {
    /// Writes the payload of a packet.
    ///
    /// - Parameter payload: `HashLayout.payloadLength` octets.
    static func write(_ place: HashPacketPlace, piece: RawSpan, tree: HashTree, into payload: inout MutableRawSpan) {
        let number = tree.layout.number(place)
        payload.storeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian, toByteOffset: 0, as: UInt32.self)
        var offset = HashLayout.headerLength
        for node in tree.path(of: number) {
            node.write(into: &payload, at: offset)
            offset += SymbolHash.length
        }
        for index in 0..<tree.layout.pieceLength {
            payload.storeBytes(
                of: piece.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: offset + index,
                as: UInt8.self)
        }
    }
}

/// What became of a packet that claims to carry hashes.
public enum HashPacketVerdict: Equatable, Sendable {
    /// The signed root stands for it.
    case verified
    /// It cannot be one: nothing was hashed.
    case malformed
    /// Its path does not lead to the root.
    case forged
}

/// Checks hash packets against a signed root. A packet costs at most one hash of a piece and `pathLength` hashes of 46
/// octets, whoever made it.
public struct HashPacketVerifier: ~Copyable {
    public let layout: HashLayout
    public let root: SymbolHash
    var hasher: SymbolHasher

    public init(_ layout: HashLayout, object: UpdateID, root: SymbolHash) {
        self.layout = layout
        self.root = root
        hasher = SymbolHasher(object: object)
    }

    /// - Parameters:
    ///   - payload: of the packet, behind the FEC payload ID.
    ///   - place: what its FEC payload ID says.
    public mutating func verify(_ payload: RawSpan, at place: HashPacketPlace) -> HashPacketVerdict {
        guard layout.contains(place), payload.byteCount == layout.payloadLength else { return .malformed }
        let number = layout.number(place)
        let claimed = UInt32(bigEndian: payload.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self))
        guard claimed == number else { return .malformed }
        var node = hasher.packet(place, piece: payload.extracting(last: layout.pieceLength))
        for level in 0..<layout.pathLength {
            let sibling = SymbolHash(payload, at: HashLayout.headerLength + level * SymbolHash.length)
            node = number >> level & 1 == 0 ? hasher.node(node, sibling) : hasher.node(sibling, node)
        }
        return node == root ? .verified : .forged
    }
}
