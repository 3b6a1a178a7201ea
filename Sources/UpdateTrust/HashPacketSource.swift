/// Makes the payloads of an object's hash packets for a sender.
///
/// Repair pieces are encoded a half of a block at a time and kept up to a bound; what is beyond it is encoded each time that it
/// is sent. (Nothing is thrown out for something else: senders go round and round, and would always miss.)
public struct HashPacketSource: ~Copyable {
    public let tree: HashTree
    private let schedules: EncodingSchedules
    private var kept: [Int: HashPieces] = [:]
    private var free: Int

    /// - Parameters:
    ///   - tree: what `UpdateFileVerification` made.
    ///   - maximumOctets: of pieces that are kept.
    public init(_ tree: HashTree, maximumOctets: Int = 64 << 20) throws(UpdateFileError) {
        self.tree = tree
        free = maximumOctets
        do { schedules = try EncodingSchedules(tree.layout) } catch { throw .code(error) }
    }

    /// Writes a packet's payload.
    ///
    /// - Parameters:
    ///   - place: of a packet that there is (`HashLayout.contains`).
    ///   - payload: `HashLayout.payloadLength` octets.
    public mutating func write(
        _ place: HashPacketPlace, of file: borrowing UpdateFileReader, into payload: inout MutableRawSpan
    ) throws(UpdateFileError) {
        let key = 2 * place.block + Int(place.half.rawValue)
        if let pieces = kept[key] {
            return write(place, pieces, into: &payload)
        }
        let layout = tree.layout
        if place.index < layout.pieces(place.block) {
            let first = place.index * layout.pieceLeaves
            let count = min(layout.pieceLeaves, layout.object.sourceSymbols(place.block) - first)
            var piece = [UInt8](repeating: 0, count: layout.pieceLength)
            try piece.withMutableBytes { (piece) throws(UpdateFileError) in
                try file.readLeaves(block: place.block, half: place.half, from: first, count: count, into: &piece)
            }
            return HashPacket.write(place, piece: piece.span.bytes, tree: tree, into: &payload)
        }
        let pieces = try encode(place, file)
        let octets = HashPieces.octets(layout, block: place.block)
        if octets <= free {
            free -= octets
            kept[key] = pieces
        }
        write(place, pieces, into: &payload)
    }

    private func write(_ place: HashPacketPlace, _ pieces: HashPieces, into payload: inout MutableRawSpan) {
        let piece = pieces.octets.span.bytes.extracting(pieces.place(place.index))
        HashPacket.write(place, piece: piece, tree: tree, into: &payload)
    }

    private func encode(
        _ place: HashPacketPlace, _ file: borrowing UpdateFileReader
    ) throws(UpdateFileError) -> HashPieces {
        let count = tree.layout.object.sourceSymbols(place.block)
        var leaves = [UInt8](repeating: 0, count: count * SymbolHash.length)
        try leaves.withMutableBytes { (leaves) throws(UpdateFileError) in
            try file.readLeaves(block: place.block, half: place.half, count: count, into: &leaves)
        }
        do {
            return try HashPieces(tree.layout, block: place.block, leaves: leaves.span.bytes, schedules: schedules)
        } catch {
            throw .code(error)
        }
    }
}
