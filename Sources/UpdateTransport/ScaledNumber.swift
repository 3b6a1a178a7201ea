/// A decimal number with a unit behind it, as options have them: `1500`, `2.5M`.
enum ScaledNumber {
    /// Parses digits, perhaps a fraction, and one of `units`; nil for anything else, for a fraction that is not a whole
    /// number of ones, and beyond 64 bits.
    static func parse(_ text: String, units: [(suffix: String, factor: UInt64)]) -> UInt64? {
        let unit = units.first { !$0.suffix.isEmpty && text.hasSuffix($0.suffix) } ?? ("", 1)
        let number = text.dropLast(unit.suffix.count)
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap(digits), parts.count <= 2 else { return nil }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: unit.factor)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return scaled }
        guard parts[1].count <= 9, let fraction = digits(parts[1]) else { return nil }
        let divisor = repeatElement(UInt64(10), count: parts[1].count).reduce(1, *)
        let (product, overflowed) = fraction.multipliedReportingOverflow(by: unit.factor)
        guard !overflowed, product % divisor == 0 else { return nil }
        let (sum, overflows) = scaled.addingReportingOverflow(product / divisor)
        return overflows ? nil : sum
    }

    private static func digits(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(text)
    }
}
