import RaptorQ

/// Makes the leaves of an object's symbols, source and repair, one block after the other.
struct BlockHashing: ~Copyable {
    private let object: ObjectLayout
    private let schedules: EncodingSchedules
    private var builder: HashTreeBuilder
    private var hasher: SymbolHasher
    /// Source symbols, with the last one's filling.
    private(set) var symbols: [UInt8]
    /// How many octets of `symbols` are of the file.
    private(set) var contentLength = 0
    /// Of the block's source symbols, then of as many repair symbols.
    private(set) var leaves: [UInt8] = []

    init(_ layout: HashLayout, object id: UpdateID) throws(RaptorQError) {
        let schedules = try EncodingSchedules(layout.object)
        let builder = try HashTreeBuilder(layout, object: id)
        object = layout.object
        self.schedules = schedules
        self.builder = builder
        hasher = SymbolHasher(object: id)
        symbols = Array(repeating: 0, count: object.sourceSymbols(0) * object.symbolSize)
    }

    /// Reads a block.
    mutating func read(_ block: Int, from file: borrowing InputFile) throws(UpdateFileError) {
        let length = object.sourceSymbols(block) * object.symbolSize
        let start = object.extent(block: block, esi: 0).offset
        contentLength = start < object.size ? Int(min(UInt64(length), object.size - start)) : 0
        try symbols.withMutableBytes { (symbols) throws(UpdateFileError) in
            try file.read(at: start, count: contentLength, into: &symbols)
        }
        for index in contentLength..<length { symbols[index] = 0 }
    }

    /// Hashes the block that was read, and adds it to the tree.
    mutating func makeLeaves(_ block: Int) throws(RaptorQError) {
        let (count, size) = (object.sourceSymbols(block), object.symbolSize)
        let symbols = self.symbols
        var leaves = [UInt8](repeating: 0, count: 2 * count * SymbolHash.length)
        func put(_ leaf: SymbolHash, _ esi: Int) {
            leaves.withMutableBytes { leaf.write(into: &$0, at: esi * SymbolHash.length) }
        }
        for esi in 0..<count {
            let symbol = symbols.span.bytes.extracting(esi * size..<(esi + 1) * size)
            put(hasher.leaf(block: block, esi: esi, symbol: symbol), esi)
        }
        let encoder = try schedules.encoder(symbols.span.bytes.extracting(first: count * size), symbolSize: size)
        var repair = [UInt8](repeating: 0, count: size)
        for esi in count..<2 * count {
            try encoder.write(esi, into: &repair, at: 0..<size)
            put(hasher.leaf(block: block, esi: esi, symbol: repair.span.bytes), esi)
        }
        let half = count * SymbolHash.length
        try builder.add(block: block, half: .source, leaves: leaves.span.bytes.extracting(first: half))
        try builder.add(block: block, half: .repair, leaves: leaves.span.bytes.extracting(last: half))
        self.leaves = leaves
    }

    consuming func finish() -> HashTree { builder.finish() }
}
