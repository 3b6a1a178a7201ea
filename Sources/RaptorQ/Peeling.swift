/// The first phase of solving (RFC 6330 §5.4.2.2): which row gives which column, and which columns become inactive.
///
/// A row with one active column left gives that column. Where there is none, a column is made inactive: one of the
/// largest set of columns connected by rows with two active columns, all of which then follow. Rows are never added to
/// each other, so they stay sparse: a row that gives a column has, besides, only columns given before and inactive ones.
/// Time is in proportion to the columns of all rows.
struct Peeling {
    /// Rows that give columns, in order.
    private(set) var pivotRows: [UInt32] = []
    /// The columns that they give.
    private(set) var pivotColumns: [UInt32] = []
    /// Columns that no row gives: the last P, which are so from the start, and those that had to be.
    private(set) var inactiveColumns: [UInt32] = []
    /// Of each column its place in `pivotColumns`, or `~` its place in `inactiveColumns`.
    private(set) var places: [Int32]
    /// Rows that give no column.
    private(set) var spareRows: [UInt32] = []

    /// Nil if more than `limit` columns would be inactive.
    init?(_ rows: ConstraintRows, _ parameters: BlockParameters, limit: Int) {
        let active = parameters.ltSymbols
        places = [Int32](repeating: 0, count: parameters.intermediateSymbols)
        pivotRows.reserveCapacity(active)
        pivotColumns.reserveCapacity(active)
        for column in active..<parameters.intermediateSymbols { inactivate(column) }
        var state = PeelingState(rows, active: active)
        while true {
            while let row = state.ready.popLast() {
                guard state.degrees[Int(row)] == 1 else { continue }
                let column = Int(state.sums[Int(row)])
                places[column] = Int32(pivotRows.count)
                pivotRows.append(row)
                pivotColumns.append(UInt32(column))
                state.remove(column, rows)
                state.isPivot[Int(row)] = true
            }
            guard let column = state.worstColumn() else { break }
            guard inactiveColumns.count < limit else { return nil }
            inactivate(column)
            state.remove(column, rows)
        }
        for row in 0..<rows.count where !state.isPivot[row] { spareRows.append(UInt32(row)) }
    }

    private mutating func inactivate(_ column: Int) {
        places[column] = ~Int32(inactiveColumns.count)
        inactiveColumns.append(UInt32(column))
    }
}

/// What is left while peeling.
private struct PeelingState {
    /// Of each row, how many columns are active, and the xor of their numbers: of the last one, its number.
    var degrees: [UInt32]
    var sums: [UInt32]
    var isPivot: [Bool]
    /// Rows that have come to one active column; some have none any more.
    var ready: [UInt32] = []
    private var isRemoved: [Bool]
    /// The rows of each active column.
    private var columnStarts: [UInt32]
    private var columnRows: [UInt32]
    private var components: ColumnComponents
    /// Columns by falling number of rows, made when first needed, and how many of them were looked at.
    private var byWeight: [UInt32] = []
    private var looked = 0

    init(_ rows: ConstraintRows, active: Int) {
        degrees = [UInt32](repeating: 0, count: rows.count)
        sums = degrees
        isPivot = [Bool](repeating: false, count: rows.count)
        isRemoved = [Bool](repeating: false, count: active)
        columnStarts = [UInt32](repeating: 0, count: active + 2)
        for column in rows.columns where column < active { columnStarts[Int(column) + 2] += 1 }
        for column in 1..<active + 1 { columnStarts[column + 1] += columnStarts[column] }
        columnRows = [UInt32](repeating: 0, count: Int(columnStarts[active + 1]))
        for row in 0..<rows.count {
            var degree: UInt32 = 0
            var sum: UInt32 = 0
            for index in rows.range(row) {
                let column = rows.columns[index]
                guard column < active else { continue }
                degree += 1
                sum ^= column
                columnRows[Int(columnStarts[Int(column) + 1])] = UInt32(row)
                columnStarts[Int(column) + 1] += 1
            }
            degrees[row] = degree
            sums[row] = sum
        }
        components = ColumnComponents(count: active)
        for row in 0..<rows.count {
            if degrees[row] == 1 { ready.append(UInt32(row)) }
            if degrees[row] == 2 { connect(row, rows) }
        }
    }

    /// Takes a column out of all rows.
    mutating func remove(_ column: Int, _ rows: ConstraintRows) {
        isRemoved[column] = true
        for index in Int(columnStarts[column])..<Int(columnStarts[column + 1]) {
            let row = Int(columnRows[index])
            degrees[row] -= 1
            sums[row] ^= UInt32(column)
            if degrees[row] == 2 {
                connect(row, rows)
            } else if degrees[row] == 1 {
                ready.append(UInt32(row))
            }
        }
    }

    /// The column to make inactive; nil if none is active.
    mutating func worstColumn() -> Int? {
        let removed = isRemoved
        if let column = components.takeLargest(where: { !removed[$0] }) { return column }
        if byWeight.isEmpty {
            let starts = columnStarts
            byWeight = isRemoved.indices.filter { !removed[$0] }.map { UInt32($0) }
                .sorted { starts[Int($0) + 1] - starts[Int($0)] > starts[Int($1) + 1] - starts[Int($1)] }
        }
        while looked < byWeight.count {
            let column = Int(byWeight[looked])
            looked += 1
            if !isRemoved[column] { return column }
        }
        return nil
    }

    private mutating func connect(_ row: Int, _ rows: ConstraintRows) {
        for index in rows.range(row) {
            let column = Int(rows.columns[index])
            guard column < isRemoved.count, !isRemoved[column] else { continue }
            components.connect(column, Int(sums[row]) ^ column)
            return
        }
    }
}
