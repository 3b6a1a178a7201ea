import UpdateTransport
import UpdateTrust

/// The source symbols of an update, read ahead a little in every block: blocks take turns, so that reading symbol by symbol
/// would be a system call for each packet.
struct SourceSymbols: ~Copyable {
    private let update: OutgoingUpdate
    private var pieces: [Piece]
    /// Symbols of a piece.
    private let pieceSymbols: Int

    /// Some symbols of a block.
    private struct Piece {
        var symbols = 0..<0
        var octets: [UInt8] = []
    }

    /// Octets of a piece, at most or one symbol: no more than 16 MiB for 256 blocks.
    private static let pieceLength = 64 << 10

    init(_ update: OutgoingUpdate) {
        self.update = update
        pieces = Array(repeating: Piece(), count: update.layout.blockCount)
        pieceSymbols = max(Self.pieceLength / update.layout.symbolSize, 1)
    }

    /// Writes a source symbol at `offset`.
    mutating func write(
        block: Int, esi: Int, into octets: inout MutableRawSpan, at offset: Int
    ) throws(UpdateFileError) {
        let size = update.layout.symbolSize
        if !pieces[block].symbols.contains(esi) {
            let symbols = esi..<min(esi + pieceSymbols, update.layout.sourceSymbols(block))
            if pieces[block].octets.count != symbols.count * size {
                pieces[block].octets = Array(repeating: 0, count: symbols.count * size)
            }
            pieces[block].symbols = 0..<0  // until they are there
            var span = pieces[block].octets.mutableSpan
            var bytes = span.mutableBytes
            try update.file.readSource(block: block, esi: esi, into: &bytes)
            pieces[block].symbols = symbols
        }
        let first = (esi - pieces[block].symbols.lowerBound) * size
        octets.copy(pieces[block].octets, from: first, count: size, to: offset)
    }
}

extension MutableRawSpan {
    /// Copies octets of an array; both places must exist.
    mutating func copy(_ source: [UInt8], from first: Int, count: Int, to offset: Int) {
        let source = source.span.bytes.extracting(first..<first + count)
        var target = _mutatingExtracting(offset..<offset + count)
        source.withUnsafeBytes { source in target.withUnsafeMutableBytes { $0.copyMemory(from: source) } }
    }
}
