/// The members of a JSON object as text, found without decoding their values.
///
/// Nesting is bounded and brackets are matched, so text that passes can be given to a recursive decoder. What is inside
/// the values is not checked further; their decoder does that.
public struct JSONObject: Sendable {
    /// Where the text stops being an object, as an offset in octets, and why.
    public struct Malformed: Error, Equatable, Sendable, CustomStringConvertible {
        public var offset: Int
        public var reason: String
        public var description: String { "octet \(offset): \(reason)" }
    }

    /// The deepest nesting that is accepted.
    public static let maximumDepth = 32

    private let octets: [UInt8]
    private var values: [String: Range<Int>] = [:]

    /// The text of a member's value; nil if there is no such member. Of members of one name the last counts.
    public subscript(name: String) -> ArraySlice<UInt8>? { values[name].map { octets[$0] } }

    public init(parsing octets: [UInt8]) throws(Malformed) {
        self.octets = octets
        var scanner = Scanner(octets)
        scanner.skipSpace()
        try scanner.expect("{")
        scanner.skipSpace()
        if scanner.peek != UInt8(ascii: "}") {
            while true {
                scanner.skipSpace()
                let name = try scanner.skipString()
                scanner.skipSpace()
                try scanner.expect(":")
                scanner.skipSpace()
                let start = scanner.position
                try scanner.skipValue()
                values[String(decoding: octets[name], as: UTF8.self)] = start..<scanner.position
                scanner.skipSpace()
                guard scanner.peek == UInt8(ascii: ",") else { break }
                scanner.position += 1
            }
        }
        try scanner.expect("}")
        scanner.skipSpace()
        guard scanner.position == octets.count else { throw scanner.malformed("text after the end of the object") }
    }
}

private struct Scanner {
    let octets: [UInt8]
    var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var peek: UInt8? { position < octets.count ? octets[position] : nil }

    func malformed(_ reason: String) -> JSONObject.Malformed { .init(offset: position, reason: reason) }

    mutating func expect(_ character: Unicode.Scalar) throws(JSONObject.Malformed) {
        guard peek == UInt8(ascii: character) else { throw malformed("expected \(character)") }
        position += 1
    }

    mutating func skipSpace() {
        while let octet = peek, octet == 0x20 || (0x09...0x0d).contains(octet) { position += 1 }
    }

    /// The range between the quotes.
    mutating func skipString() throws(JSONObject.Malformed) -> Range<Int> {
        try expect("\"")
        let start = position
        while let octet = peek {
            position += 1
            if octet == UInt8(ascii: "\"") { return start..<(position - 1) }
            if octet == UInt8(ascii: "\\") { position += 1 }
        }
        throw malformed("text without end")
    }

    /// Skips one value; the stack of open brackets is one bit each.
    mutating func skipValue() throws(JSONObject.Malformed) {
        var isList: UInt64 = 0
        var depth = 1  // the object that holds the value
        let outermost = depth
        let start = position
        while let octet = peek {
            switch octet {
            case UInt8(ascii: "\""):
                _ = try skipString()
                if depth == outermost { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                guard depth <= JSONObject.maximumDepth else {
                    throw malformed("nested deeper than \(JSONObject.maximumDepth) levels")
                }
                isList = isList << 1 | (octet == UInt8(ascii: "[") ? 1 : 0)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == outermost { return try endOfScalar(from: start) }
                guard (isList & 1 == 1) == (octet == UInt8(ascii: "]")) else { throw malformed("unmatched bracket") }
                isList >>= 1
                depth -= 1
                if depth == outermost {
                    position += 1
                    return
                }
            case UInt8(ascii: ","), 0x20, 0x09...0x0d:
                if depth == outermost { return try endOfScalar(from: start) }
            default: break
            }
            position += 1
        }
        throw malformed("object without end")
    }

    private func endOfScalar(from start: Int) throws(JSONObject.Malformed) {
        guard position > start else { throw malformed("expected a value") }
    }
}
