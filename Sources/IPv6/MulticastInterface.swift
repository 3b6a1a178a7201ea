/// The number of a multicast interface in the kernel's forwarding table, which holds 32 of them.
public struct MIF: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    /// How many a table holds (MAXMIFS).
    public static let count = 32

    /// nil beyond 31.
    @inlinable public init?(rawValue: UInt8) {
        guard rawValue < MIF.count else { return nil }
        self.rawValue = rawValue
    }

    @inlinable public static func < (a: MIF, b: MIF) -> Bool { a.rawValue < b.rawValue }

    public var description: String { "MIF \(rawValue)" }
}

/// A set of multicast interfaces, one bit each.
public struct MIFSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public init(_ mif: MIF) { rawValue = 1 << mif.rawValue }

    @inlinable public func contains(_ mif: MIF) -> Bool { rawValue & 1 << mif.rawValue != 0 }
    @inlinable public func union(_ mif: MIF) -> MIFSet { union(MIFSet(mif)) }
    @inlinable public func subtracting(_ mif: MIF) -> MIFSet { subtracting(MIFSet(mif)) }
    @inlinable public mutating func insert(_ mif: MIF) { self = union(mif) }
    @inlinable public mutating func remove(_ mif: MIF) { self = subtracting(mif) }

    /// The members in ascending order.
    public var members: [MIF] {
        (0..<UInt8(MIF.count)).compactMap { rawValue & 1 << $0 != 0 ? MIF(rawValue: $0) : nil }
    }
}
