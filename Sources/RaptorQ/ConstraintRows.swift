/// The sparse rows of the constraint matrix (RFC 6330 §5.3.3.3, §5.3.3.4.2): the S LDPC rows, then one row for each
/// known encoding symbol. The columns of a row are all different.
struct ConstraintRows {
    /// Where the columns of each row begin, and behind the last one the end.
    private(set) var starts: [UInt32] = [0]
    private(set) var columns: [UInt32] = []
    private let symbolColumns: SymbolColumns

    var count: Int { starts.count - 1 }

    init(_ parameters: BlockParameters, capacity: Int) {
        symbolColumns = SymbolColumns(parameters)
        starts.reserveCapacity(capacity + 1)
        columns.reserveCapacity(8 * capacity)
        appendLDPC(parameters)
    }

    /// No rows at all.
    init(empty parameters: BlockParameters) { symbolColumns = SymbolColumns(parameters) }

    /// The columns of a row are at these places of `columns`.
    func range(_ row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }

    /// Adds the row of an encoding symbol.
    mutating func append(internalSymbolID id: UInt32) {
        symbolColumns.forEach(id) { columns.append(UInt32($0)) }
        starts.append(UInt32(columns.count))
    }

    /// Takes the last row away.
    mutating func removeLast() {
        starts.removeLast()
        columns.removeLast(columns.count - Int(starts[starts.count - 1]))
    }

    private mutating func appendLDPC(_ parameters: BlockParameters) {
        let s = parameters.ldpcSymbols
        let b = parameters.plainSymbols
        let p = parameters.piSymbols
        var ends = [Int](repeating: 3, count: s)
        func forEachPlain(_ body: (_ row: Int, _ column: Int) -> Void) {
            for column in 0..<b {
                let step = 1 + column / s
                var row = column % s
                for _ in 0..<3 {
                    body(row, column)
                    row = (row + step) % s
                }
            }
        }
        forEachPlain { row, _ in ends[row] += 1 }
        var end = 0
        for row in 0..<s {
            let length = ends[row]
            ends[row] = end
            end += length
            starts.append(UInt32(end))
        }
        columns = [UInt32](repeating: 0, count: end)
        func put(_ row: Int, _ column: Int) {
            columns[ends[row]] = UInt32(column)
            ends[row] += 1
        }
        forEachPlain(put)
        for row in 0..<s {
            put(row, b + row)
            put(row, parameters.ltSymbols + row % p)
            put(row, parameters.ltSymbols + (row + 1) % p)
        }
    }
}
