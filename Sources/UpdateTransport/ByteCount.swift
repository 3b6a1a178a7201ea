/// A size in octets. As text: a number and k, M, G or T (powers of 1,000) or Ki, Mi, Gi or Ti (powers of 1,024).
public struct ByteCount: Hashable, Sendable, LosslessStringConvertible {
    public let octets: UInt64

    public init(_ octets: UInt64) { self.octets = octets }

    public init?(_ text: String) {
        let units: [(String, UInt64)] = [
            ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40),
            ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
        ]
        guard let value = ScaledNumber.parse(text, units: units) else { return nil }
        octets = value
    }

    public var description: String { "\(octets)" }
}
