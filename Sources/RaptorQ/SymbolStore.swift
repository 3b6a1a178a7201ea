import CRaptorQ

/// Symbols in slots of one piece of memory, and the only place where memory is touched without checks.
///
/// Why that is safe: the memory has `count * stride` octets or more, both fixed; each operation's highest slot is compared with
/// `count` before the kernel starts, and kernels work on whole strides; what hands out a slot checks its number. What a kernel reads before it was written can only be octets of the store itself.
final class SymbolStore {
    let count: Int
    /// Octets of a symbol.
    let symbolSize: Int
    private let stride: Int
    private let memory: SymbolMemory
    private let level: crq_level
    private var octets: UnsafeMutablePointer<UInt8> { memory.octets }

    /// `portable` leaves out instructions that not every processor has; `isFull` is for slots that will all be used at once.
    convenience init(
        count: Int, symbolSize: Int, portable: Bool = false, isFull: Bool = false
    ) throws(RaptorQError) {
        let memory = try SymbolMemory(size: Self.size(count: count, symbolSize: symbolSize), isFull: isFull)
        self.init(count: count, symbolSize: symbolSize, portable: portable, memory: memory)
    }

    /// Slots in memory of `size` octets or more, which may hold anything.
    init(count: Int, symbolSize: Int, portable: Bool, memory: SymbolMemory) {
        self.count = count
        self.symbolSize = symbolSize
        stride = Self.stride(symbolSize)
        level = portable ? CRQ_PORTABLE : crq_best_level()
        precondition(memory.size >= Self.size(count: count, symbolSize: symbolSize))
        self.memory = memory
    }

    /// Octets of memory needed.
    static func size(count: Int, symbolSize: Int) -> Int { count * stride(symbolSize) }

    private static func stride(_ symbolSize: Int) -> Int {
        (symbolSize + SymbolMemory.unit - 1) / SymbolMemory.unit * SymbolMemory.unit
    }

    /// Puts a symbol into a slot.
    func put(_ symbol: UnsafeRawBufferPointer, slot: Int) {
        withSlot(slot) { $0.copyMemory(from: symbol) }
    }

    /// Makes slots zero.
    func clear(_ slots: Range<Int>) {
        precondition(slots.lowerBound >= 0 && slots.upperBound <= count)
        (octets + slots.lowerBound * stride).initialize(repeating: 0, count: slots.count * stride)
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
    func withSymbol<Result, Failure: Error>(
        _ slot: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(0..<count ~= slot)
        return try body(UnsafeRawBufferPointer(start: octets + slot * stride, count: symbolSize))
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

    func run(_ product: OctetProduct, from sources: SymbolStore? = nil) {
        let sources = sources ?? self
        precondition(product.outputBound <= count && product.inputBound <= sources.count)
        precondition(sources.stride == stride)
        crq_multiply(
            level, slots, sources.slots, product.inputs, product.inputs.count, product.factors,
            GaloisField.nibbleProducts, product.outputs, product.outputs.count, stride)
    }

    func run(_ multiples: OctetMultiples) {
        precondition(multiples.bound <= count)
        crq_add_multiples(
            level, slots, multiples.list, multiples.list.count, GaloisField.nibbleProducts, stride)
    }
}

/// Room for the tables of bit products.
final class ProductTables {
    let size: Int
    private let memory: SymbolMemory
    fileprivate var octets: UnsafeMutablePointer<UInt8> { memory.octets }

    convenience init(size: Int) throws(RaptorQError) { self.init(memory: try SymbolMemory(size: size)) }

    init(memory: SymbolMemory) {
        size = memory.size
        self.memory = memory
    }
}
