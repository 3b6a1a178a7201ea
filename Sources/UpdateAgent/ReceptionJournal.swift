import Glibc
import LinuxSystem
import UpdateTrust

/// What has come of an object, on disk: which source symbols are in their file, and verified repair symbols themselves.
///
///     header   "LCJ1" ‖ object id 16 ‖ zeros 4
///     record   kind u8 ‖ zeros 3 ‖ octets of content u32 ‖ hash 16 ‖ content
///       sources  1  ranges of source symbols, counted over the whole object: first u32 ‖ count u32 each
///       repair   2  block u32 ‖ ESI u32 ‖ symbol; the hash is the symbol's leaf
///
/// Records are only ever added. What a crash has torn does not have its hash: there the journal is cut.
final class ReceptionJournal {
    let file: SharedFile
    private let layout: ObjectLayout
    private var hasher: SymbolHasher
    private var end = UInt64(headerLength)
    private var buffer: [UInt8] = []

    private static let magic = Array("LCJ1".utf8)
    private static let headerLength = 24
    private static let recordHeader = 24
    /// Ranges in a record.
    private static let rangeLimit = 4_096

    private enum Kind: UInt8 {
        case sources = 1
        case repair = 2
    }

    /// Opens the journal of an object, or begins one. Nobody else has it then.
    init(path: String, _ manifest: UpdateManifest) throws(SystemError) {
        let number = try check(
            "open \(path)", open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600))
        file = SharedFile(owning: Descriptor(owning: number), path: path)
        layout = manifest.layout.object
        hasher = SymbolHasher(object: manifest.object)
        guard file.lock() else { throw SystemError("lock \(path)", errno: EBUSY) }
        let header = Self.magic + manifest.object.octets + [0, 0, 0, 0]
        var there = [UInt8](repeating: 0, count: header.count)
        let count = try file.read(into: &there, at: 0)
        if count < header.count || there != header {
            try file.truncate(to: 0)
            try file.write(header.span.bytes, at: 0)
        }
    }

    /// Forgets everything.
    func clear() throws(SystemError) {
        try file.truncate(to: UInt64(Self.headerLength))
        end = UInt64(Self.headerLength)
    }

    // MARK: writing

    /// Adds a verified repair symbol; where its octets are.
    func append(_ symbol: RawSpan, block: Int, esi: Int, leaf: SymbolHash) throws(SystemError) -> UInt64 {
        begin(.repair, length: 8 + symbol.byteCount)
        put(UInt32(block))
        put(UInt32(esi))
        symbol.withUnsafeBytes { buffer.append(contentsOf: $0) }
        let place = end + UInt64(Self.recordHeader + 8)
        try finish(leaf)
        return place
    }

    /// Adds source symbols, which are on the disk.
    func append(sources: [UInt32]) throws(SystemError) {
        var ranges: [(first: UInt32, count: UInt32)] = []
        for symbol in sources.sorted() {
            if let last = ranges.last, last.first + last.count == symbol {
                ranges[ranges.count - 1].count += 1
            } else {
                ranges.append((symbol, 1))
            }
        }
        for start in stride(from: 0, to: ranges.count, by: Self.rangeLimit) {
            let part = ranges[start..<min(start + Self.rangeLimit, ranges.count)]
            begin(.sources, length: 8 * part.count)
            for range in part {
                put(range.first)
                put(range.count)
            }
            let record = buffer
            try finish(hash(ofSources: record.span.bytes.extracting(droppingFirst: Self.recordHeader)))
        }
    }

    private func begin(_ kind: Kind, length: Int) {
        buffer.removeAll(keepingCapacity: true)
        buffer += [kind.rawValue, 0, 0, 0]
        put(UInt32(length))
        for _ in 0..<SymbolHash.length { buffer.append(0) }
    }

    private func put(_ number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { buffer.append(contentsOf: $0) }
    }

    private func finish(_ hash: SymbolHash) throws(SystemError) {
        do {
            var span = buffer.mutableSpan
            var octets = span.mutableBytes
            hash.write(into: &octets, at: 8)
        }
        let record = buffer
        try file.write(record.span.bytes, at: end)
        end += UInt64(record.count)
    }

    /// Under a number that no symbol has.
    private func hash(ofSources content: RawSpan) -> SymbolHash {
        hasher.leaf(block: 0, esi: Int(UInt32.max), symbol: content)
    }

    // MARK: reading

    /// Reads the records, cuts off what is behind the last whole one, and goes on there.
    func replay(
        sources: (Range<Int>) -> Void, repair: (_ block: Int, _ esi: Int, _ place: UInt64) -> Void
    ) throws(SystemError) {
        end = UInt64(Self.headerLength)
        var octets = [UInt8](repeating: 0, count: Self.recordHeader + max(8 * Self.rangeLimit, 8 + layout.symbolSize))
        while true {
            let count = try file.read(into: &octets, at: end)
            let used = records(octets.span.bytes.extracting(first: count), sources, repair)
            if used == 0 { break }
            end += UInt64(used)
        }
        try file.truncate(to: end)
    }

    /// The whole records at the beginning: how many octets they have.
    private func records(
        _ octets: RawSpan, _ sources: (Range<Int>) -> Void, _ repair: (Int, Int, UInt64) -> Void
    ) -> Int {
        var start = 0
        while octets.byteCount - start >= Self.recordHeader {
            let content = start + Self.recordHeader
            let length = Self.word(octets, start + 4)
            guard length <= octets.byteCount - content else { break }
            let hash = SymbolHash(octets, at: start + 8)
            switch Kind(rawValue: octets.unsafeLoad(fromByteOffset: start, as: UInt8.self)) {
            case .sources:
                guard length.isMultiple(of: 8),
                    hash == self.hash(ofSources: octets.extracting(content..<content + length))
                else { return start }
                for range in stride(from: content, to: content + length, by: 8) {
                    let end = Self.word(octets, range) + Self.word(octets, range + 4)
                    if end <= layout.symbolCount { sources(Self.word(octets, range)..<end) }
                }
            case .repair:
                guard length == 8 + layout.symbolSize else { return start }
                let (block, esi) = (Self.word(octets, content), Self.word(octets, content + 4))
                let symbol = octets.extracting(content + 8..<content + length)
                guard layout.contains(block: block, esi: esi), esi >= layout.sourceSymbols(block),
                    hash == hasher.leaf(block: block, esi: esi, symbol: symbol)
                else { return start }
                repair(block, esi, end + UInt64(content + 8))
            case nil: return start
            }
            start = content + length
        }
        return start
    }

    private static func word(_ octets: RawSpan, _ offset: Int) -> Int {
        Int(UInt32(bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
}
