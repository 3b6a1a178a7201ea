/// The addresses that share their first bits, written `ff3e::/32` (RFC 4291 §2.3).
public struct IPv6Prefix: Sendable, Hashable {
    /// With all bits beyond `length` zero.
    public let address: IPv6Address
    /// 0…128
    public let length: Int

    /// nil if the length is not 0…128. Bits beyond it are cleared.
    public init?(_ address: IPv6Address, length: Int) {
        guard (0...128).contains(length) else { return nil }
        self.address = address & Self.mask(length)
        self.length = length
    }

    /// nil if the text is not `ADDRESS/LENGTH`, or has bits beyond the length.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv6Address(String(parts[0])), let length = Int(parts[1]),
            parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let prefix = Self(address, length: length), prefix.address == address
        else { return nil }
        self = prefix
    }

    public func contains(_ other: IPv6Address) -> Bool { other & Self.mask(length) == address }

    private static func mask(_ length: Int) -> IPv6Address {
        // Shifts of the whole width give zero in Swift.
        let high = length >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(length))
        let low = length <= 64 ? 0 : ~(UInt64.max >> UInt64(length - 64))
        return IPv6Address(high: high, low: low)
    }
}

extension IPv6Prefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}

extension IPv6Address {
    fileprivate static func & (address: IPv6Address, mask: IPv6Address) -> IPv6Address {
        IPv6Address(high: address.high & mask.high, low: address.low & mask.low)
    }
}
