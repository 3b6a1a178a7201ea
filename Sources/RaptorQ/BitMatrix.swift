/// Rows of bits, 64 to a word.
struct BitMatrix {
    /// Words of a row.
    let width: Int
    private(set) var words: [UInt64]

    init(rows: Int, columns: Int) {
        width = (columns + 63) / 64
        words = [UInt64](repeating: 0, count: rows * width)
    }

    subscript(row: Int, column: Int) -> Bool {
        words[row * width + column >> 6] >> UInt64(column & 63) & 1 != 0
    }

    mutating func flip(_ row: Int, _ column: Int) {
        words[row * width + column >> 6] ^= 1 << UInt64(column & 63)
    }

    mutating func clear(_ row: Int) {
        for word in row * width..<(row + 1) * width { words[word] = 0 }
    }

    /// Adds a row to another one.
    mutating func add(_ source: Int, to target: Int) {
        let from = source * width
        let to = target * width
        precondition(max(from, to) + width <= words.count && min(from, to) >= 0)
        for word in 0..<width { words[to &+ word] ^= words[from &+ word] }
    }

    /// Adds a row of another matrix, which is no wider.
    mutating func add(_ source: Int, of other: BitMatrix, to target: Int) {
        let from = source * other.width
        let to = target * width
        precondition(other.width <= width && to + width <= words.count && from + other.width <= other.words.count)
        for word in 0..<other.width { words[to &+ word] ^= other.words[from &+ word] }
    }

    /// The bits of a row that are set, from low to high, below `end`.
    func forEachSet(_ row: Int, below end: Int, _ body: (Int) -> Void) {
        for word in 0..<(end + 63) / 64 {
            var rest = words[row * width + word]
            while rest != 0 {
                let column = 64 * word + rest.trailingZeroBitCount
                if column >= end { return }
                body(column)
                rest &= rest - 1
            }
        }
    }

    /// The first bit of a row that is set, below `end`.
    func firstSet(_ row: Int, below end: Int) -> Int? {
        for word in 0..<(end + 63) / 64 where words[row * width + word] != 0 {
            let column = 64 * word + words[row * width + word].trailingZeroBitCount
            return column < end ? column : nil
        }
        return nil
    }

    /// `count` ≤ 8 bits of a row, from `column` on; those behind the row are zero.
    func bits(_ row: Int, from column: Int, count: Int) -> UInt8 {
        let word = row * width + column >> 6
        let shift = UInt64(column & 63)
        var value = words[word] >> shift
        if Int(shift) + count > 64, column >> 6 + 1 < width { value |= words[word + 1] << (64 - shift) }
        return UInt8(truncatingIfNeeded: value & (1 << UInt64(count) - 1))
    }
}
