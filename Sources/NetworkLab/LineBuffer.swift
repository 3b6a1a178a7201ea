/// Octets cut into lines, of which only the last ones are kept: a program that never stops writing costs bounded memory.
struct LineBuffer: Sendable {
    static let maximumLines = 20_000
    static let maximumLineLength = 1 << 20

    /// Complete lines ever seen.
    private(set) var count = 0
    private var kept: [String] = []
    private var partial: [UInt8] = []

    /// Adds octets; the lines that they complete.
    mutating func append(_ octets: [UInt8]) -> ArraySlice<String> {
        let before = kept.count
        for octet in octets {
            if octet != UInt8(ascii: "\n") { partial.append(octet) }
            if octet == UInt8(ascii: "\n") || partial.count == Self.maximumLineLength {
                kept.append(String(decoding: partial, as: UTF8.self))
                partial.removeAll(keepingCapacity: true)
                count += 1
            }
        }
        let complete = kept[before...]
        if kept.count > 2 * Self.maximumLines { kept.removeFirst(kept.count - Self.maximumLines) }
        return complete
    }

    /// Complete lines after the first `position` ever seen, as far as they are kept.
    func since(_ position: Int) -> ArraySlice<String> { kept.suffix(max(0, count - position)) }

    /// Every line that is kept, an unfinished last one included.
    var all: [String] { partial.isEmpty ? kept : kept + [String(decoding: partial, as: UTF8.self)] }
}
