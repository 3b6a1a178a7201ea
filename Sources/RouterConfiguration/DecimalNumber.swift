/// A number as people write it: digits, perhaps a point and up to nine digits more; no sign, no exponent, no leading
/// zeros, which YAML 1.1 would take for octal.
struct DecimalNumber {
    /// nil beyond the range of Int.
    let whole: Int?
    private let nanoseconds: Int
    let isWhole: Bool

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }) else {
            return nil
        }
        guard parts[0].count == 1 || !parts[0].hasPrefix("0") else { return nil }
        whole = Int(parts[0])
        isWhole = parts.count == 1
        guard !isWhole else {
            nanoseconds = 0
            return
        }
        guard parts[1].count <= 9, let fraction = Int(parts[1] + String(repeating: "0", count: 9 - parts[1].count))
        else {
            return nil
        }
        nanoseconds = fraction
    }

    /// As a time; nil beyond what makes sense as one.
    var seconds: Duration? {
        guard let whole, whole < 1 << 32 else { return nil }
        return .seconds(whole) + .nanoseconds(nanoseconds)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
}

extension Duration {
    /// Seconds as text, to the millisecond.
    var text: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "\(seconds)" }
        var fraction = String(milliseconds + 1000).dropFirst()
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(seconds).\(fraction)"
    }
}
