/// A multicast interface of the kernel's forwarding table ("MIF"): its number, 0…31.
public struct MIF: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    /// How many there are in one table: MAXMIFS of the kernel.
    public static let count = 32

    /// nil for a number that the kernel does not have.
    public init?(rawValue: UInt8) {
        guard rawValue < Self.count else { return nil }
        self.rawValue = rawValue
    }

    public static func < (a: MIF, b: MIF) -> Bool { a.rawValue < b.rawValue }
    public var description: String { "MIF \(rawValue)" }
}

/// A set of MIFs: bit n is MIF n.
public struct MIFSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public init(_ mif: MIF) { self.init(rawValue: 1 << UInt32(mif.rawValue)) }
}
