/// The second phase of solving (RFC 6330 §5.4.2.3): equations in the inactive columns alone.
///
/// A spare row, with the rows that give its columns put in, is an equation over GF(2). These are kept reduced, each with
/// the list of spare rows that it is a sum of, so that a further symbol costs one reduction. What they leave open is
/// closed by the HDPC rows over GF(256).
struct InactiveSystem {
    let peeling: Peeling
    /// Of each column that a row gives, which inactive columns belong to it.
    let parts: BitMatrix
    /// Equations, reduced: columns, then the spare rows they are made of.
    private(set) var equations: BitMatrix
    /// The spare rows used, in the order of the bits in `equations`.
    private(set) var inputs: [UInt32] = []
    /// The column that an equation gives.
    private(set) var pivots: [Int] = []
    private var isPivot: [Bool]
    private var hdpc: [[UInt8]]?

    var columns: Int { peeling.inactiveColumns.count }
    /// Where the bits for spare rows begin.
    var firstInput: Int { parts.width * 64 }
    /// Columns that no equation over GF(2) gives.
    var openColumns: [Int] { isPivot.indices.filter { !isPivot[$0] } }

    init(_ peeling: Peeling, _ rows: ConstraintRows) {
        self.peeling = peeling
        let columns = peeling.inactiveColumns.count
        var parts = BitMatrix(rows: peeling.pivotRows.count, columns: columns)
        for place in peeling.pivotRows.indices {
            for index in rows.range(Int(peeling.pivotRows[place])) {
                let other = Int(peeling.places[Int(rows.columns[index])])
                if other < 0 {
                    parts.flip(place, ~other)
                } else if other != place {
                    parts.add(other, to: place)
                }
            }
        }
        self.parts = parts
        equations = BitMatrix(rows: columns + 1, columns: parts.width * 128)
        isPivot = [Bool](repeating: false, count: columns)
        for row in peeling.spareRows { insert(Int(row), rows) }
    }

    /// Takes one more row. False if it says nothing new.
    @discardableResult
    mutating func insert(_ row: Int, _ rows: ConstraintRows) -> Bool {
        let new = inputs.count
        guard new < columns else { return false }
        equations.clear(new)
        for index in rows.range(row) {
            let place = Int(peeling.places[Int(rows.columns[index])])
            if place < 0 { equations.flip(new, ~place) } else { equations.add(place, of: parts, to: new) }
        }
        for equation in 0..<new where equations[new, pivots[equation]] { equations.add(equation, to: new) }
        guard let pivot = equations.firstSet(new, below: columns) else { return false }
        equations.flip(new, firstInput + new)
        for equation in 0..<new where equations[equation, pivot] { equations.add(new, to: equation) }
        inputs.append(UInt32(row))
        pivots.append(pivot)
        isPivot[pivot] = true
        return true
    }

    /// What the HDPC rows make of the columns that are open, if they can; nil if more rows are needed.
    mutating func closure(_ rows: HDPCRows) -> HDPCClosure? {
        let open = openColumns
        guard open.count <= rows.count else { return nil }
        if open.isEmpty { return HDPCClosure() }
        let reduced = hdpc ?? rows.reduced(peeling, parts)
        hdpc = reduced
        return HDPCClosure(reduced, self, open)
    }
}
