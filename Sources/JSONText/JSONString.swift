extension String {
    /// The value of a JSON string, quotes included; nil if it is none or not well-formed (RFC 8259 §7). Lone surrogates
    /// become U+FFFD.
    public init?(jsonText text: ArraySlice<UInt8>) {
        guard text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") else { return nil }
        let inside = text.dropFirst().dropLast()
        var units: [UInt16] = []
        var plain = inside.startIndex
        var result = ""
        func codeUnit(_ octets: ArraySlice<UInt8>) -> UInt16? {
            // Without this check a sign would do for a digit.
            guard octets.count == 4, octets.allSatisfy(Self.isHexadecimal) else { return nil }
            return UInt16(String(decoding: octets, as: UTF8.self), radix: 16)
        }
        var position = inside.startIndex
        while position < inside.endIndex {
            let octet = inside[position]
            if octet == UInt8(ascii: "\"") || octet < 0x20 { return nil }
            guard octet == UInt8(ascii: "\\") else {
                position += 1
                continue
            }
            result += String(decoding: inside[plain..<position], as: UTF8.self)
            units.removeAll()
            // Escapes in a row together, because two of \u may be one character.
            while position < inside.endIndex, inside[position] == UInt8(ascii: "\\") {
                guard position + 1 < inside.endIndex else { return nil }
                if inside[position + 1] == UInt8(ascii: "u") {
                    guard let unit = codeUnit(inside[(position + 2)...].prefix(4)) else { return nil }
                    units.append(unit)
                    position += 6
                } else {
                    guard let character = Self.escapes[inside[position + 1]] else { return nil }
                    units.append(UInt16(character))
                    position += 2
                }
            }
            result += String(decoding: units, as: UTF16.self)
            plain = position
        }
        self = result + String(decoding: inside[plain..<inside.endIndex], as: UTF8.self)
    }

    private static func isHexadecimal(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
        UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
}
