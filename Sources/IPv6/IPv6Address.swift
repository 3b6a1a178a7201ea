/// An IPv6 address as two big-endian halves, so that comparing and hashing are two integer operations.
public struct IPv6Address: Hashable, Comparable, Sendable {
    /// Octets 0…7, the first one most significant.
    public var high: UInt64
    /// Octets 8…15; the interface identifier of a unicast address.
    public var low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `::`
    public static let unspecified = IPv6Address(high: 0, low: 0)
    /// ff02::1
    public static let allNodes = IPv6Address(high: 0xff02_0000_0000_0000, low: 1)
    /// ff02::2
    public static let allRouters = IPv6Address(high: 0xff02_0000_0000_0000, low: 2)
    /// ff02::16, where MLDv2 reports go (RFC 9777 §5.2.14).
    public static let allMLDv2Routers = IPv6Address(high: 0xff02_0000_0000_0000, low: 0x16)

    @inlinable public static func < (a: IPv6Address, b: IPv6Address) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    @inlinable public var isUnspecified: Bool { high == 0 && low == 0 }
    @inlinable public var isLoopback: Bool { high == 0 && low == 1 }
    /// fe80::/10
    @inlinable public var isLinkLocal: Bool { high >> 54 == 0xfe80 >> 6 }
    /// ff00::/8
    @inlinable public var isMulticast: Bool { high >> 56 == 0xff }
    /// ff3x::/32, the SSM range (RFC 4607 §1).
    @inlinable public var isSourceSpecific: Bool { high >> 32 & 0xfff0_ffff == 0xff30_0000 }
    /// The scope field of a multicast address (RFC 4291 §2.7), 0…15; nil for any other address.
    @inlinable public var multicastScope: MulticastScope? {
        isMulticast ? MulticastScope(rawValue: UInt8(high >> 48 & 0xf)) : nil
    }
}

/// How far a multicast group reaches (RFC 4291 §2.7, RFC 7346).
public struct MulticastScope: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let interfaceLocal = MulticastScope(rawValue: 1)
    public static let linkLocal = MulticastScope(rawValue: 2)
    public static let siteLocal = MulticastScope(rawValue: 5)
    public static let global = MulticastScope(rawValue: 14)
    @inlinable public static func < (a: MulticastScope, b: MulticastScope) -> Bool { a.rawValue < b.rawValue }
}

// MARK: octets

extension IPv6Address {
    /// Reads 16 octets at `offset`. The caller has checked that they are there.
    @inlinable public init(_ octets: RawSpan, at offset: Int) {
        high = UInt64(bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        low = UInt64(bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
    }

    /// Writes 16 octets at `offset`. The caller has checked that they fit.
    @inlinable public func write(into octets: inout MutableRawSpan, at offset: Int) {
        octets.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
        octets.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    }

    /// The 16 octets in network order.
    public var octets: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> (56 - 8 * UInt64($0 % 8))) }
    }
}
