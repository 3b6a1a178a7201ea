/// Columns connected by rows of two (union–find), and which of these sets is the largest.
///
/// A set never loses single columns: when one is taken, its rows have one column left each, and all of it goes.
struct ColumnComponents {
    private var parents: [UInt32]
    private var sizes: [UInt32]
    /// Roots by the binary logarithm of their size; many are outdated.
    private var rootsBySize = [[UInt32]](repeating: [], count: 17)

    init(count: Int) {
        parents = (0..<UInt32(count)).map { $0 }
        sizes = [UInt32](repeating: 1, count: count)
    }

    /// Notes that a row has exactly these two columns.
    mutating func connect(_ one: Int, _ other: Int) {
        var root = self.root(one)
        var child = self.root(other)
        guard root != child else { return }
        if sizes[root] < sizes[child] { swap(&root, &child) }
        parents[child] = UInt32(root)
        let before = Self.rank(sizes[root])
        sizes[root] += sizes[child]
        let rank = Self.rank(sizes[root])
        if rank != before || sizes[root] == 2 { rootsBySize[rank].append(UInt32(root)) }
    }

    /// A column of the largest set, to within a factor of two, of those that are left.
    mutating func takeLargest(where isLeft: (Int) -> Bool) -> Int? {
        for rank in rootsBySize.indices.reversed() {
            while let last = rootsBySize[rank].popLast() {
                let root = Int(last)
                if parents[root] == last, Self.rank(sizes[root]) == rank, isLeft(root) { return root }
            }
        }
        return nil
    }

    private mutating func root(_ column: Int) -> Int {
        var column = column
        while Int(parents[column]) != column {
            parents[column] = parents[Int(parents[column])]
            column = Int(parents[column])
        }
        return column
    }

    private static func rank(_ size: UInt32) -> Int { UInt32.bitWidth - 1 - size.leadingZeroBitCount }
}
