import CRaptorQ

/// Symbols in slots of one piece of memory, and the only place where memory is touched without checks.
///
/// Why that is safe: the memory is `count * stride` octets, both fixed; each operation's highest slot is compared with
/// `count` before the kernel starts, and kernels work on whole strides; what hands out a slot checks its number. What a kernel reads before it was written can only be octets of the store itself.
final class SymbolStore {
    let count: Int
    /// Octets of a symbol.
    let symbolSize: Int
    private let stride: Int
    private let octets: UnsafeMutablePointer<UInt8>
    private let level: crq_level
    private static let unit = CRQ_UNIT

    /// `portable` leaves out instructions that not every processor has; `isFull` is for slots that will all be used at once.
    init(count: Int, symbolSize: Int, portable: Bool = false, isFull: Bool = false) throws(RaptorQError) {
        self.count = count
        self.symbolSize = symbolSize
        stride = (symbolSize + Self.unit - 1) / Self.unit * Self.unit
        level = portable ? CRQ_PORTABLE : crq_best_level()
        guard let octets = crq_allocate(count * stride, isFull ? 1 : 0) else { throw .noMemory(count * stride) }
        self.octets = octets
    }

    deinit { crq_free(octets, count * stride) }

    /// Puts a symbol into a slot.
    func put(_ symbol: UnsafeRawBufferPointer, slot: Int) {
        withSlot(slot) { $0.copyMemory(from: symbol) }
    }

    /// Lets somebody write a symbol into a slot.
    func withSlot<Failure: Error>(
        _ slot: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(0..<count ~= slot)
        let start = UnsafeMutableRawPointer(octets + slot * stride)
        (start + symbolSize).initializeMemory(as: UInt8.self, repeating: 0, count: stride - symbolSize)
        try body(UnsafeMutableRawBufferPointer(start: start, count: symbolSize))
    }

    /// Lets somebody read a symbol.
    func withSymbol<Failure: Error>(
        _ slot: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(0..<count ~= slot)
        try body(UnsafeRawBufferPointer(start: octets + slot * stride, count: symbolSize))
    }

    /// Writes the sum of the slots that belong to the columns of an encoding symbol. `target` has T octets.
    func write(
        sum columns: SymbolColumns, _ id: UInt32, _ columnSlots: [UInt32], into target: UnsafeMutableRawBufferPointer
    ) {
        precondition(target.count == symbolSize)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: SymbolColumns.maximumCount) { list in
            var length = 0
            columns.forEach(id) { column in
                let slot = columnSlots[column]
                precondition(slot < count)
                list[length] = slot
                length += 1
            }
            guard let start = target.baseAddress, let list = list.baseAddress else { return }
            crq_sum(level, start.assumingMemoryBound(to: UInt8.self), symbolSize, slots, list, length)
        }
    }

    private var slots: crq_slots { crq_slots(base: octets, stride: stride) }

    /// Sums in `self` of slots of `sources`, or of its own: the first rows only, if `rows` says so. `external` holds whole
    /// symbols, one after the other.
    func run(
        _ sums: RowSums, rows: Int? = nil, from sources: SymbolStore? = nil, external: UnsafeRawBufferPointer? = nil,
        toLast: Bool = false
    ) {
        let sources = sources ?? self
        precondition(sums.targetBound <= count && sums.sourceBound <= sources.count)
        precondition(sources.stride == stride)
        let externals = crq_external(
            base: external?.baseAddress?.assumingMemoryBound(to: UInt8.self), stride: symbolSize, length: symbolSize,
            count: (external?.count ?? 0) / symbolSize)
        crq_rows(
            level, slots, sources.slots, externals, sums.rows, min(rows ?? .max, sums.rows.count), sums.columns,
            toLast ? 1 : 0,
            stride)
    }

    func run(_ product: BitProduct, from sources: SymbolStore? = nil, tables: ProductTables) {
        let sources = sources ?? self
        precondition(product.outputBound <= count && product.inputBound <= sources.count)
        precondition(sources.stride == stride && product.tableSize <= tables.size)
        crq_combine(
            level, slots, sources.slots, product.inputs, product.inputs.count, UInt32(product.bits), product.choices,
            product.outputs, product.outputs.count, product.accumulates ? 1 : 0, tables.octets, stride)
    }

    func run(_ sums: HDPCSums) {
        precondition(sums.bound <= count)
        crq_hdpc(
            level, slots, sums.slots, sums.pairs, sums.slots.count, sums.outputs, sums.outputs.count, stride)
    }

    func run(_ product: OctetProduct) {
        precondition(product.bound <= count)
        crq_multiply(
            level, slots, product.inputs, product.inputs.count, product.factors, GaloisField.nibbleProducts,
            product.outputs, product.outputs.count, stride)
    }
}

/// Room for the tables of bit products.
final class ProductTables {
    let size: Int
    fileprivate let octets: UnsafeMutablePointer<UInt8>

    init(size: Int) throws(RaptorQError) {
        guard let octets = crq_allocate(size, 0) else { throw .noMemory(size) }
        self.size = size
        self.octets = octets
    }

    deinit { crq_free(octets, size) }
}
