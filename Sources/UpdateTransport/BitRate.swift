/// Bits per second of whole IPv6 packets, 1 kbit/s to 1 Tbit/s. As text: a number and k, M or G, powers of 1,000.
public struct BitRate: Hashable, Sendable, LosslessStringConvertible {
    public let bitsPerSecond: UInt64

    /// What a sender keeps to unless told otherwise: 20 Mbit/s, a fifth of the slowest wired LAN in common use.
    public static let standard = BitRate(clamping: 20_000_000)

    public init(clamping bitsPerSecond: UInt64) {
        self.bitsPerSecond = min(max(bitsPerSecond, 1_000), 1_000_000_000_000)
    }

    public init?(_ text: String) {
        let units: [(String, UInt64)] = [("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)]
        guard let value = ScaledNumber.parse(text, units: units), (1_000...1_000_000_000_000).contains(value) else {
            return nil
        }
        bitsPerSecond = value
    }

    public var description: String {
        for (factor, unit) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] as [(UInt64, String)]
        where bitsPerSecond.isMultiple(of: factor) {
            return "\(bitsPerSecond / factor)\(unit)"
        }
        return "\(bitsPerSecond)"
    }
}
