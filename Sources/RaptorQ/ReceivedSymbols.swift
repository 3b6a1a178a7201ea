/// The symbols that a decoder works with, in the order in which they came, and where each of them is.
struct ReceivedSymbols {
    private(set) var ids: [UInt32] = []
    /// The slot of each.
    private(set) var slots: [UInt32] = []
    /// Whether it is there; otherwise somebody can tell it.
    private(set) var isStored: [Bool] = []
    /// Slots of symbols that will not be used.
    private var free: [UInt32] = []
    private var arrived: SymbolIDs
    let capacity: Int

    init(sourceSymbols: Int, capacity: Int) {
        self.capacity = capacity
        arrived = SymbolIDs(sourceSymbols: sourceSymbols)
    }

    var count: Int { ids.count }
    var sourceCount: Int { arrived.sourceCount }
    var isFull: Bool { ids.count >= capacity && free.isEmpty }
    /// Source symbols that have not come, in order.
    var missing: [UInt32] { arrived.missing }

    func contains(_ id: UInt32) -> Bool { arrived.contains(id) }

    /// Takes a new symbol and tells its slot; `isFull` must be false.
    mutating func append(_ id: UInt32, isStored: Bool) -> Int {
        let slot = ids.count < capacity ? UInt32(ids.count) : free.removeLast()
        arrived.insert(id)
        ids.append(id)
        slots.append(slot)
        self.isStored.append(isStored)
        return Int(slot)
    }

    /// The octets of this symbol are in its slot now.
    mutating func markStored(_ index: Int) { isStored[index] = true }

    /// The octets of all symbols have to be told again.
    mutating func markNoneStored() { for index in isStored.indices { isStored[index] = false } }

    /// These symbols, by order, are not needed any more.
    mutating func release(_ indices: [Int]) { free += indices.map { slots[$0] } }
}
