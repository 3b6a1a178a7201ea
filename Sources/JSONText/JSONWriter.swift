/// Writes JSON text (RFC 8259), members in the order in which they are given.
///
/// Foundation's encoder takes 14 µs for a group with one source, orders members as it likes and omits null ones; this
/// one takes a small part of that, so that 100,000 groups do not hold up the router.
public struct JSONWriter: Sendable {
    /// The text so far, in UTF-8.
    public private(set) var octets: [UInt8] = []
    /// Whether a value of the innermost list or object stands before the next one.
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 0) { octets.reserveCapacity(capacity) }

    /// The text of one value.
    public static func octets(of value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256)
        value.write(to: &writer)
        return writer.octets
    }

    /// The text of one value, as a string.
    public static func text(of value: some JSONWritable) -> String {
        String(decoding: octets(of: value), as: UTF8.self)
    }

    // MARK: objects and lists

    /// Writes an object, whose members `body` writes.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes a list, whose elements `body` writes.
    public mutating func list(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a member of the object being written; nil is written as null.
    public mutating func member(_ key: some CodingKey, _ value: some JSONWritable) {
        member(key.stringValue, value)
    }

    /// Writes a member of the object being written; nil is written as null.
    public mutating func member(_ key: String, _ value: some JSONWritable) {
        string(key)
        octets.append(UInt8(ascii: ":"))
        needsComma = false
        value.write(to: &self)
    }

    /// Writes a member of the object being written unless the value is nil.
    public mutating func memberIfPresent(_ key: some CodingKey, _ value: (some JSONWritable)?) {
        if let value { member(key, value) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        octets.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        octets.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { octets.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: scalars

    public mutating func null() { literal("null") }

    public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    public mutating func integer(_ value: some BinaryInteger) { literal(value.description) }

    /// The shortest text that reads back as the same number, whole numbers without a fraction. JSON has no infinities
    /// and no not-a-number: they become null.
    public mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        if let whole = Int64(exactly: value) { return integer(whole) }
        literal(value.description)
    }

    public mutating func string(_ value: String) {
        separate()
        octets.append(UInt8(ascii: "\""))
        if value.utf8.contains(where: Self.needsEscape) {
            for octet in value.utf8 { escaped(octet) }
        } else {
            octets.append(contentsOf: value.utf8)
        }
        octets.append(UInt8(ascii: "\""))
    }

    /// Writes text that is JSON already, such as a value received from a peer.
    public mutating func raw(_ text: some Sequence<UInt8>) {
        separate()
        octets.append(contentsOf: text)
    }

    private mutating func literal(_ text: String) {
        separate()
        octets.append(contentsOf: text.utf8)
    }

    private static func needsEscape(_ octet: UInt8) -> Bool {
        octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\")
    }

    private mutating func escaped(_ octet: UInt8) {
        guard Self.needsEscape(octet) else { return octets.append(octet) }
        octets.append(UInt8(ascii: "\\"))
        switch octet {
        case UInt8(ascii: "\n"): octets.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\t"): octets.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\r"): octets.append(UInt8(ascii: "r"))
        case 0..<0x20:
            octets.append(contentsOf: (octet < 0x10 ? "u000" : "u00").utf8)
            octets.append(contentsOf: String(octet, radix: 16).utf8)
        default: octets.append(octet)
        }
    }
}
