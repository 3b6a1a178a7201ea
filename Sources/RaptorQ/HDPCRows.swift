/// The HDPC rows (RFC 6330 §5.3.3.3): column j of MT has ones in two rows, and Γ makes of a row the sum of what comes
/// before, times α for each step. So all rows follow from one sum that runs over the columns.
struct HDPCRows {
    let count: Int
    /// Of each column but the last of K' + S the two rows.
    let pairs: [UInt8]

    /// K' + S.
    var columns: Int { pairs.count / 2 + 1 }

    init(_ parameters: BlockParameters) {
        count = parameters.hdpcSymbols
        let h = UInt32(parameters.hdpcSymbols)
        let columns = parameters.extendedSymbols + parameters.ldpcSymbols
        pairs = [UInt8](unsafeUninitializedCapacity: 2 * (columns - 1)) { pairs, initialized in
            for column in 0..<columns - 1 {
                let first = rand(UInt32(column) + 1, 6, h)
                let second = (first + rand(UInt32(column) + 1, 7, h - 1) + 1) % h
                pairs.initializeElement(at: 2 * column, to: UInt8(first))
                pairs.initializeElement(at: 2 * column + 1, to: UInt8(second))
            }
            initialized = 2 * (columns - 1)
        }
    }

    /// The rows after the columns that rows give were put in: what is left of them in the inactive columns, row by row.
    ///
    /// The running sums are kept as eight planes of bits: times α is a rotation of the planes and three additions, and a
    /// column's bits concern the lowest plane only.
    func reduced(_ peeling: Peeling, _ parts: BitMatrix) -> [[UInt8]] {
        let inactive = peeling.inactiveColumns.count
        var sum = BitPlanes(inactive, rows: 1)
        var rows = BitPlanes(inactive, rows: count)
        for column in 0..<columns {
            sum.double()
            let place = Int(peeling.places[column])
            if place < 0 { sum.flip(~place) } else { sum.add(place, of: parts) }
            if column + 1 < columns {
                rows.add(sum, to: Int(pairs[2 * column]))
                rows.add(sum, to: Int(pairs[2 * column + 1]))
            }
        }
        for row in 0..<count {
            rows.add(sum, to: row)
            sum.double()
        }
        return (0..<count).map { row in
            var octets = rows.octets(row, count: inactive)
            octets[~Int(peeling.places[columns + row])] ^= 1
            return octets
        }
    }
}

/// Rows over GF(256), the bits of equal weight together.
private struct BitPlanes {
    private let width: Int
    private var words: [UInt64]
    /// Where plane 0 is.
    private var origin = 0

    init(_ columns: Int, rows: Int) {
        width = (columns + 63) / 64
        words = [UInt64](repeating: 0, count: rows * 8 * width)
    }

    private func start(_ plane: Int) -> Int { ((plane + origin) & 7) * width }

    mutating func double() {
        origin = (origin + 7) & 7
        let carry = start(0)
        for plane in 2...4 {
            let target = start(plane)
            for word in 0..<width { words[target &+ word] ^= words[carry &+ word] }
        }
    }

    mutating func flip(_ column: Int) { words[start(0) + column >> 6] ^= 1 << UInt64(column & 63) }

    mutating func add(_ row: Int, of bits: BitMatrix) {
        let target = start(0)
        let source = row * bits.width
        for word in 0..<width { words[target &+ word] ^= bits.words[source &+ word] }
    }

    /// Adds a single row to one of these, whose planes are in order.
    mutating func add(_ other: BitPlanes, to row: Int) {
        for plane in 0..<8 {
            let target = (8 * row + plane) * width
            let source = other.start(plane)
            for word in 0..<width { words[target &+ word] ^= other.words[source &+ word] }
        }
    }

    func octets(_ row: Int, count: Int) -> [UInt8] {
        (0..<count).map { column in
            (0..<8).reduce(0) { octet, plane in
                let word = words[(8 * row + plane) * width + column >> 6]
                return octet | UInt8(word >> UInt64(column & 63) & 1) << UInt8(plane)
            }
        }
    }
}
