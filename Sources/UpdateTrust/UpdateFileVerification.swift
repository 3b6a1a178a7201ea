/// Finds out, step by step, whether an update file holds what its manifest names: the file against its hash, the leaves
/// against the root. What comes out besides is the hash tree, which a sender needs.
public struct UpdateFileVerification: ~Copyable {
    private let layout: HashLayout
    private let hasher = FileHasher()
    private var builder: HashTreeBuilder
    private var offset: UInt64 = 0
    private var block = 0

    /// Octets of the file in one step.
    private static let pieceLength: UInt64 = 4 << 20

    public init(_ file: borrowing UpdateFileReader) throws(UpdateFileError) {
        layout = file.manifest.layout
        do { builder = try HashTreeBuilder(layout, object: file.manifest.object) } catch { throw .code(error) }
    }

    /// Everything has been read.
    public var isDone: Bool { offset >= layout.object.size && block >= layout.object.blockCount }

    /// How much of it has been read, 0 to 1.
    public var progress: Double {
        let size = layout.object.size
        return size == 0 ? 1 : Double(offset) / Double(size)
    }

    /// Reads the leaves of the next block, or once these are done the next 4 MiB of the file.
    public mutating func step(_ file: borrowing UpdateFileReader) throws(UpdateFileError) {
        if block < layout.object.blockCount {
            let count = layout.object.sourceSymbols(block)
            var leaves = [UInt8](repeating: 0, count: count * SymbolHash.length)
            for half in WindowHalf.allCases {
                try leaves.withMutableBytes { (leaves) throws(UpdateFileError) in
                    try file.readLeaves(block: block, half: half, count: count, into: &leaves)
                }
                do { try builder.add(block: block, half: half, leaves: leaves.span.bytes) } catch { throw .code(error) }
            }
            block += 1
        } else if offset < layout.object.size {
            let end = min(offset + Self.pieceLength, layout.object.size)
            try file.forEachPiece(offset..<end) { hasher.update($0) }
            offset = end
        }
    }

    /// The hash tree, once everything has been read.
    ///
    /// - Throws: `damaged`.
    public consuming func finish(_ file: borrowing UpdateFileReader) throws(UpdateFileError) -> HashTree {
        guard isDone else { throw .damaged(file.path, "it was not read to its end") }
        try file.checkUnchanged()
        let tree = builder.finish()
        guard tree.root == file.manifest.root else {
            throw .damaged(file.path, "the hashes of its symbols are not those that were signed")
        }
        guard hasher.finish() == file.manifest.hash else {
            throw .damaged(file.path, "the file in it is not the one that was signed")
        }
        return tree
    }
}

extension UpdateFileReader {
    /// Verifies everything at once.
    public func verify() throws(UpdateFileError) -> HashTree {
        var verification = try UpdateFileVerification(self)
        while !verification.isDone { try verification.step(self) }
        return try verification.finish(self)
    }
}
