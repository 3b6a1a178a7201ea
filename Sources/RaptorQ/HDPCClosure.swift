/// How the HDPC rows give the inactive columns that equations over GF(2) leave open.
struct HDPCClosure {
    /// The open columns.
    let columns: [Int]
    /// For each HDPC row, then for each equation, the factor with which it enters each of the columns.
    let factors: [UInt8]

    /// No column is open.
    init() {
        columns = []
        factors = []
    }

    /// Nil if the rows do not determine the columns. `rows` are as `HDPCRows.reduced` gives them.
    init?(_ rows: [[UInt8]], _ system: InactiveSystem, _ open: [Int]) {
        // The rows with the equations put in: a matrix for the open columns, and beside it what is done to it.
        var matrix = rows.map { row in
            open.map { column in
                system.pivots.indices.reduce(row[column]) { sum, equation in
                    system.equations[equation, column] ? sum ^ row[system.pivots[equation]] : sum
                }
            }
        }
        var record = rows.indices.map { row in rows.indices.map { UInt8($0 == row ? 1 : 0) } }
        for column in open.indices {
            guard let pivot = (column..<rows.count).first(where: { matrix[$0][column] != 0 }) else { return nil }
            matrix.swapAt(column, pivot)
            record.swapAt(column, pivot)
            let inverse = GaloisField.inverse(matrix[column][column])
            Self.scale(&matrix[column], inverse)
            Self.scale(&record[column], inverse)
            for row in rows.indices where row != column {
                let factor = matrix[row][column]
                guard factor != 0 else { continue }
                Self.add(&matrix[row], matrix[column], factor)
                Self.add(&record[row], record[column], factor)
            }
        }
        columns = open
        var factors: [UInt8] = []
        factors.reserveCapacity((rows.count + system.pivots.count) * open.count)
        for row in rows.indices {
            for column in open.indices { factors.append(record[column][row]) }
        }
        for pivot in system.pivots {
            for column in open.indices {
                factors.append(
                    rows.indices.reduce(0) { $0 ^ GaloisField.product(record[column][$1], rows[$1][pivot]) })
            }
        }
        self.factors = factors
    }

    private static func scale(_ row: inout [UInt8], _ factor: UInt8) {
        for index in row.indices { row[index] = GaloisField.product(row[index], factor) }
    }

    private static func add(_ row: inout [UInt8], _ other: [UInt8], _ factor: UInt8) {
        for index in row.indices { row[index] ^= GaloisField.product(other[index], factor) }
    }
}
