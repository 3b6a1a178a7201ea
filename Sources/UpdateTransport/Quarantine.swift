public import IPv6

/// Symbols that cannot be judged yet because their hashes have not come: which are kept, and where. What they hold is
/// somebody else's, in as many slots as there is room for.
///
/// Whoever floods it pays with his own symbols: when all slots are taken, a source with more than a quarter of them loses one
/// of its own for each that it adds, and others take theirs from such sources, else from anywhere, at random. Of each symbol
/// at most two different candidates are kept.
public struct Quarantine<Fingerprint: Equatable & Sendable>: Sendable {
    public enum Admission: Equatable, Sendable {
        /// Write it to this slot.
        case kept(slot: Int)
        /// The very same is there already.
        case known
    }

    private struct Entry {
        let symbol: UInt64
        let fingerprint: Fingerprint
        let source: IPv6Address
        /// Its place in the list of its source.
        var place: Int
    }

    /// The most slots.
    public let capacity: Int
    /// The most slots of a source that are safe from it being crowded.
    public var share: Int { max(capacity / 4, 1) }

    /// By slot; grows up to `capacity`.
    private var entries: [Entry?] = []
    private var free: [Int] = []
    private var candidates: [UInt64: QuarantineCandidates] = [:]
    private var slots: [IPv6Address: [Int32]] = [:]
    /// Sources with more than their share: three at most.
    private var crowding: [IPv6Address] = []

    /// - Parameter capacity: at least 2 are taken.
    public init(capacity: Int) { self.capacity = max(capacity, 2) }

    /// Candidates that are kept.
    public var count: Int { entries.count - free.count }

    /// About how many octets the bookkeeping takes.
    public var octets: Int { entries.capacity * MemoryLayout<Entry?>.stride + candidates.capacity * 24 + count * 4 }

    /// Takes a candidate for a symbol.
    public mutating func admit(
        block: Int, esi: Int, fingerprint: Fingerprint, from source: IPv6Address,
        using random: inout some RandomNumberGenerator
    ) -> Admission {
        let symbol = Self.key(block, esi)
        if let known = candidates[symbol] {
            if has(known.first, fingerprint) || has(known.second, fingerprint) { return .known }
            if known.second >= 0 { remove(slot: Int(Bool.random(using: &random) ? known.first : known.second)) }
        }
        let slot = room(for: source, using: &random)
        let entry = Entry(symbol: symbol, fingerprint: fingerprint, source: source, place: slots[source]?.count ?? 0)
        if slot == entries.count { entries.append(entry) } else { entries[slot] = entry }
        slots[source, default: []].append(Int32(slot))
        if entry.place + 1 == share + 1 { crowding.append(source) }
        // Whoever lost its place may have been the other candidate.
        if candidates[symbol] == nil {
            candidates[symbol] = QuarantineCandidates(first: Int32(slot))
        } else {
            candidates[symbol]?.second = Int32(slot)
        }
        return .kept(slot: slot)
    }

    /// Takes all candidates of a symbol out, now that its hash is known.
    ///
    /// - Returns: the slot of the right one, which stays as it is until the next `admit`, and how many wrong ones there were.
    public mutating func resolve(block: Int, esi: Int, _ fingerprint: Fingerprint) -> (right: Int?, wrong: Int) {
        guard let found = candidates[Self.key(block, esi)] else { return (nil, 0) }
        var result: (right: Int?, wrong: Int) = (nil, 0)
        for slot in [found.first, found.second] where slot >= 0 {
            if has(slot, fingerprint) { result.right = Int(slot) } else { result.wrong += 1 }
            remove(slot: Int(slot))
        }
        return result
    }

    /// Forgets the candidates of a block that needs no more, for ESIs below `symbols`.
    public mutating func discard(block: Int, symbols: Int) {
        for esi in 0..<symbols {
            if candidates.isEmpty { return }
            guard let found = candidates[Self.key(block, esi)] else { continue }
            for slot in [found.first, found.second] where slot >= 0 { remove(slot: Int(slot)) }
        }
    }

    private static func key(_ block: Int, _ esi: Int) -> UInt64 { UInt64(block) << 32 | UInt64(UInt32(esi)) }

    private func has(_ slot: Int32, _ fingerprint: Fingerprint) -> Bool {
        slot >= 0 && entries[Int(slot)]?.fingerprint == fingerprint
    }

    /// A slot that is free, after somebody has left if need be.
    private mutating func room(for source: IPv6Address, using random: inout some RandomNumberGenerator) -> Int {
        if let slot = free.popLast() { return slot }
        if entries.count < capacity { return entries.count }
        let own = slots[source] ?? []
        let victim: Int
        if own.count >= share, let slot = own.randomElement(using: &random) {
            victim = Int(slot)
        } else if let crowd = crowding.randomElement(using: &random),
            let slot = slots[crowd]?.randomElement(using: &random)
        {
            victim = Int(slot)
        } else {
            victim = Int.random(in: 0..<entries.count, using: &random)
        }
        remove(slot: victim)
        return free.popLast() ?? victim
    }

    private mutating func remove(slot: Int) {
        guard let entry = entries[slot] else { return }
        entries[slot] = nil
        free.append(slot)
        if let found = candidates[entry.symbol] {
            if found.second < 0 {
                candidates[entry.symbol] = nil
            } else {
                let rest = found.first == Int32(slot) ? found.second : found.first
                candidates[entry.symbol] = QuarantineCandidates(first: rest)
            }
        }
        guard var own = slots.removeValue(forKey: entry.source) else { return }
        own.swapAt(entry.place, own.count - 1)
        own.removeLast()
        if entry.place < own.count { entries[Int(own[entry.place])]?.place = entry.place }
        if own.count == share { crowding.removeAll { $0 == entry.source } }
        if !own.isEmpty { slots[entry.source] = own }
    }
}

/// Slots of the candidates of a symbol; not in the generic type, so that looking for them needs nothing looked up of it.
private struct QuarantineCandidates {
    var first: Int32
    var second: Int32 = -1
}
