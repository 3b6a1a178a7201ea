/// What was written and may not be on the disk yet: source symbols, counted over the whole object, and the journal.
///
/// First the file is brought to the disk, then the journal is told what is in it: it never promises what is not there.
struct UnsavedSymbols {
    private var fresh: [UInt32] = []
    /// Those that the disk is getting now.
    private var saving: [UInt32]?
    /// The journal itself has something new.
    private var isJournalFresh = false

    mutating func insert(_ symbol: UInt32) { fresh.append(symbol) }
    mutating func insert(_ symbols: some Sequence<UInt32>) { fresh += symbols }
    mutating func journalChanged() { isJournalFresh = true }

    /// Whether somebody is to bring all that is new to the disk now. Not while that is still going on.
    mutating func begin() -> Bool {
        guard saving == nil, !fresh.isEmpty || isJournalFresh else { return false }
        saving = fresh
        fresh = []
        isJournalFresh = false
        return true
    }

    /// It is there: the symbols to tell the journal of.
    mutating func finish() -> [UInt32] {
        defer { saving = nil }
        return saving ?? []
    }

    /// Before the end: all symbols that the journal does not know of; nil if it knows all, and is on the disk.
    mutating func rest() -> [UInt32]? {
        let symbols = finish() + fresh
        fresh = []
        return symbols.isEmpty && !isJournalFresh ? nil : symbols
    }
}
