import IPv6

/// Where a name or an address stands in a table.
enum DisplayOrder {
    /// Names by their text, but with a number at the end by that number: lan2 before lan10.
    static func name(_ name: String) -> (String, Int, String) {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        return (String(name.dropLast(digits)), Int(name.suffix(digits)) ?? -1, name)
    }

    /// Addresses by their value; what is no address comes last.
    static func address(_ text: String?) -> IPv6Address {
        text.flatMap { IPv6Address($0) } ?? IPv6Address(high: .max, low: .max)
    }
}

extension Sequence {
    /// Sorted by an interface, then by addresses.
    func sorted(interface: (Element) -> String, _ addresses: (Element) -> [String?]) -> [Element] {
        let keyed = map { (DisplayOrder.name(interface($0)), addresses($0).map(DisplayOrder.address), $0) }
        return keyed.sorted { a, b in
            a.0 != b.0 ? a.0 < b.0 : a.1.lexicographicallyPrecedes(b.1)
        }.map(\.2)
    }
}
