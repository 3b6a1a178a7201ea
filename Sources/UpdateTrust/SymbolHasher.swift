/// The hashes that the signed root stands for, of one object (domains are ASCII, numbers big-endian):
///
///     leaf    BLAKE2b-128("lcroute symbol 1" ‖ object id ‖ SBN u8 ‖ ESI u32 ‖ symbol)
///     packet  BLAKE2b-128("lcroute hashes 1" ‖ object id ‖ SBN u8 ‖ half u8 ‖ index u16 ‖ piece)
///     node    BLAKE2b-128("lcroute node 1" ‖ left ‖ right)
///
/// A hasher has buffers of its own, so that nothing is allocated for a packet: one for each thread.
public struct SymbolHasher: ~Copyable {
    public let object: UpdateID
    private let state = BLAKE2b(length: SymbolHash.length)
    /// What stands before a symbol, a piece and in a node; the numbers behind the first 32 octets change.
    private var symbolPrefix: [UInt8]
    private var packetPrefix: [UInt8]
    private var nodeInput = Array("lcroute node 1".utf8) + [UInt8](repeating: 0, count: 2 * SymbolHash.length)

    public init(object: UpdateID) {
        self.object = object
        symbolPrefix = Array("lcroute symbol 1".utf8) + object.octets + [0, 0, 0, 0, 0]
        packetPrefix = Array("lcroute hashes 1".utf8) + object.octets + [0, 0, 0, 0]
    }

    /// The leaf of a symbol of an object.
    public mutating func leaf(block: Int, esi: Int, symbol: RawSpan) -> SymbolHash {
        symbolPrefix.withMutableBytes { prefix in
            prefix.storeBytes(of: UInt8(truncatingIfNeeded: block), toByteOffset: 32, as: UInt8.self)
            prefix.storeBytes(of: UInt32(truncatingIfNeeded: esi).bigEndian, toByteOffset: 33, as: UInt32.self)
        }
        state.restart(length: SymbolHash.length)
        state.update(symbolPrefix.span.bytes)
        state.update(symbol)
        return state.finishSymbolHash()
    }

    /// The leaf of the hash tree that a hash packet is.
    public mutating func packet(_ place: HashPacketPlace, piece: RawSpan) -> SymbolHash {
        packetPrefix.withMutableBytes { prefix in
            prefix.storeBytes(of: UInt8(truncatingIfNeeded: place.block), toByteOffset: 32, as: UInt8.self)
            prefix.storeBytes(of: place.half.rawValue, toByteOffset: 33, as: UInt8.self)
            prefix.storeBytes(of: UInt16(truncatingIfNeeded: place.index).bigEndian, toByteOffset: 34, as: UInt16.self)
        }
        state.restart(length: SymbolHash.length)
        state.update(packetPrefix.span.bytes)
        state.update(piece)
        return state.finishSymbolHash()
    }

    /// What stands above two nodes.
    public mutating func node(_ left: SymbolHash, _ right: SymbolHash) -> SymbolHash {
        nodeInput.withMutableBytes { input in
            left.write(into: &input, at: 14)
            right.write(into: &input, at: 14 + SymbolHash.length)
        }
        state.restart(length: SymbolHash.length)
        state.update(nodeInput.span.bytes)
        return state.finishSymbolHash()
    }
}
