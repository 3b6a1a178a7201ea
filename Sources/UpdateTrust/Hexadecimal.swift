/// Octets as lower-case hexadecimal digits.
enum Hexadecimal {
    static func text(_ octets: some Sequence<UInt8>) -> String {
        var text = ""
        for octet in octets {
            if octet < 0x10 { text += "0" }
            text += String(octet, radix: 16)
        }
        return text
    }

    /// The octets of an even number of digits; nil for anything else.
    static func octets(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map { digit in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: 0xff as UInt8
            }
        }
        guard digits.count.isMultiple(of: 2), !digits.contains(0xff) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
