import CRaptorQ

// What is done with symbols in slots. Each operation knows one more than the highest slot that it touches, found when it
// is made; nothing in it changes afterwards. A store runs it only if it has that many slots.

/// Sums of slots, row after row; a row may use what an earlier one has given.
struct RowSums {
    let rows: [crq_row]
    let columns: [UInt32]
    /// One more than the highest slot among the targets, and among what is summed.
    let targetBound: Int
    let sourceBound: Int

    /// What a sum starts with.
    enum Initial {
        case zero
        /// What the target holds.
        case target
        /// An external symbol; zero if there are not so many.
        case external(Int)
    }

    struct Row {
        var target: UInt32
        var initial: Initial
        /// Where in the list the slots are that are summed, and where those end that are summed unless all are asked for.
        var columns: Range<Int>
        var middle: Int?
    }

    init(_ rows: [Row], columns: [UInt32]) {
        self.rows = rows.map { row in
            let initial: UInt32 =
                switch row.initial {
                case .zero: .max
                case .target: .max - 1
                case .external(let index): UInt32(index)
                }
            let middle = row.middle ?? row.columns.upperBound
            precondition(
                row.columns.upperBound <= columns.count && row.columns.lowerBound...row.columns.upperBound ~= middle)
            return crq_row(
                target: row.target, initial: initial, first: UInt32(row.columns.lowerBound), middle: UInt32(middle),
                last: UInt32(row.columns.upperBound))
        }
        self.columns = columns
        targetBound = 1 + rows.reduce(-1) { max($0, Int($1.target)) }
        sourceBound = bound(columns)
    }
}

/// The product of a matrix of bits and slots: inputs go in groups, the sums of a group are made once and looked up by each
/// output ("Four Russians").
struct BitProduct {
    let inputs: [UInt32]
    let outputs: [UInt32]
    /// Bits of a group.
    let bits: Int
    /// Of each output, for each group which of its inputs.
    let choices: [UInt8]
    let accumulates: Bool
    let inputBound: Int
    let outputBound: Int

    /// Octets of tables for one unit of the symbols.
    var tableSize: Int { (groups << bits) * CRQ_UNIT }
    private var groups: Int { (inputs.count + bits - 1) / bits }

    /// `inputs` belong to the columns of `matrix` from `column` on, `outputs` to its rows.
    init(_ matrix: BitMatrix, from column: Int, inputs: [UInt32], outputs: [UInt32], accumulates: Bool) {
        let bits = Self.bits(inputs: inputs.count, outputs: outputs.count)
        self.inputs = inputs
        self.outputs = outputs
        self.bits = bits
        self.accumulates = accumulates
        let groups = (inputs.count + bits - 1) / bits
        var choices: [UInt8] = []
        choices.reserveCapacity(groups * outputs.count)
        for row in outputs.indices {
            for group in 0..<groups {
                let first = group * bits
                choices.append(
                    matrix.bits(row, from: column + first, count: min(bits, inputs.count - first)))
            }
        }
        self.choices = choices
        inputBound = bound(inputs)
        outputBound = bound(outputs)
    }

    /// The cheapest size of a group whose tables stay in the cache.
    private static func bits(inputs: Int, outputs: Int) -> Int {
        var best = (bits: 1, cost: Int.max)
        for bits in 1...8 {
            let groups = (inputs + bits - 1) / bits
            let cost = groups * (outputs + 1 << bits)
            if bits == 1 || cost < best.cost && groups << bits <= 4096 { best = (bits, cost) }
        }
        return best.bits
    }
}

/// What the HDPC rows must come to.
struct HDPCSums {
    /// Of each column the slot of its symbol, or `CRQ_NONE`.
    let slots: [UInt32]
    let pairs: [UInt8]
    let outputs: [UInt32]
    let bound: Int

    init(slots: [UInt32], rows: HDPCRows, outputs: [UInt32]) {
        self.slots = slots
        pairs = rows.pairs
        self.outputs = outputs
        precondition(slots.count == rows.columns && outputs.count == rows.count && rows.count <= CRQ_MOST_OUTPUTS)
        precondition(rows.pairs.allSatisfy { $0 < rows.count })
        bound = max(RaptorQ.bound(outputs), 1 + slots.reduce(-1) { $1 == .max ? $0 : max($0, Int($1)) })
    }
}

/// The product of a matrix over GF(256) and slots.
struct OctetProduct {
    static let mostOutputs = Int(CRQ_MOST_OUTPUTS)
    let inputs: [UInt32]
    /// For each input the factors for all outputs.
    let factors: [UInt8]
    let outputs: [UInt32]
    let inputBound: Int
    let outputBound: Int

    init(inputs: [UInt32], factors: [UInt8], outputs: [UInt32]) {
        self.inputs = inputs
        self.factors = factors
        self.outputs = outputs
        precondition(factors.count == inputs.count * outputs.count && outputs.count <= Self.mostOutputs)
        inputBound = bound(inputs)
        outputBound = bound(outputs)
    }
}

/// Multiples of slots that are added to others, one after the other; one may use what an earlier one has given.
struct OctetMultiples {
    private(set) var list: [crq_multiple] = []
    private(set) var bound = 0

    mutating func add(_ source: Int, times factor: UInt8, to target: Int) {
        list.append(crq_multiple(target: UInt32(target), source: UInt32(source), factor: factor))
        bound = max(bound, source + 1, target + 1)
    }
}

private func bound(_ slots: [UInt32]) -> Int { 1 + slots.reduce(-1) { max($0, Int($1)) } }
