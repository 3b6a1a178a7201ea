extension IPv6Address: LosslessStringConvertible {
    /// Parses the text forms of RFC 4291 §2.2, the one with a dotted quad at the end included; no zone, no prefix.
    public init?(_ text: String) {
        self.init(utf8: Array(text.utf8)[...])
    }

    private init?(utf8 text: ArraySlice<UInt8>) {
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text
        if rest.starts(with: [UInt8(ascii: ":"), UInt8(ascii: ":")]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let token = rest.prefix { $0 != UInt8(ascii: ":") }
            rest = rest.dropFirst(token.count)
            if token.contains(UInt8(ascii: ".")) {
                guard rest.isEmpty, let quad = Self.dottedQuad(token) else { return nil }
                groups.append(UInt16(quad >> 16))
                groups.append(UInt16(truncatingIfNeeded: quad))
                break
            }
            guard (1...4).contains(token.count), let value = Self.number(token, radix: 16) else { return nil }
            groups.append(UInt16(value))
            if rest.isEmpty { break }
            rest = rest.dropFirst()  // the colon
            if rest.first == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil  // a single colon at the end
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for digit in digits {
            let v: UInt32
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): v = UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): v = UInt32(digit - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): v = UInt32(digit - UInt8(ascii: "A")) + 10
            default: return nil
            }
            guard v < radix else { return nil }
            value = value * radix + v
        }
        return value
    }

    private static func dottedQuad(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            // Leading zeros would be octal to some readers (RFC 6943 §3.1.1): nobody should have to guess.
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                let octet = number(part, radix: 10), octet < 256
            else { return nil }
            value = value << 8 | octet
        }
        return value
    }

    /// The canonical form of RFC 5952.
    public var description: String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 % 4))) }
        if high == 0 && low >> 32 == 0xffff {  // IPv4-mapped, §5
            return "::ffff:" + octets[12...].map(String.init).joined(separator: ".")
        }
        var longest = 0..<0  // the first of the longest runs of two or more zeros, §4.2
        var index = 0
        while index < 8 {
            let end = groups[index...].firstIndex { $0 != 0 } ?? 8
            if end - index > max(longest.count, 1) { longest = index..<end }
            index = max(end, index + 1)
        }
        let hexadecimal = { (range: Range<Int>) in
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return hexadecimal(0..<8) }
        return hexadecimal(0..<longest.lowerBound) + "::" + hexadecimal(longest.upperBound..<8)
    }
}
