import IPv6
import MLD

/// Some of the sources of a plan, one bit each. The bit behind the last one stands for every source that nobody names.
///
/// Not an `OptionSet`: its generic algorithms take most of the time of a simulation in a debug build.
public struct SourceSet: Hashable, Sendable {
    private var bits: UInt128

    private init(bits: UInt128) { self.bits = bits }

    public static let none = SourceSet(bits: 0)

    private static let single: [UInt128] = (0...UInt128(maximumCount)).map { 1 << $0 }

    /// How many sources a plan may name.
    public static let maximumCount = 127

    /// The set of one source.
    init(source number: Int) { bits = Self.single[number] }

    /// All sources of a plan that names `count`, and the one that stands for the others.
    public static func all(_ count: Int) -> SourceSet {
        SourceSet(bits: single[0...min(count, maximumCount)].reduce(0, |))
    }

    public var isEmpty: Bool { bits == 0 }
    var count: Int { bits.nonzeroBitCount }

    func contains(_ number: Int) -> Bool { bits & Self.single[number] != 0 }
    func union(_ other: SourceSet) -> SourceSet { SourceSet(bits: bits | other.bits) }
    func intersection(_ other: SourceSet) -> SourceSet { SourceSet(bits: bits & other.bits) }
    func subtracting(_ other: SourceSet) -> SourceSet { SourceSet(bits: bits & ~other.bits) }
    mutating func insert(_ number: Int) { bits |= Self.single[number] }
    mutating func formUnion(_ other: SourceSet) { bits |= other.bits }

    /// The numbers in it, ascending.
    var numbers: [Int] {
        if bits == 0 { return [] }
        var rest = bits
        var numbers: [Int] = []
        while rest != 0 {
            numbers.append(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
        return numbers
    }

    /// 2001:db8::N+1 for the source with this number.
    static func address(_ number: Int) -> IPv6Address {
        IPv6Address(high: 0x2001_0db8 << 32, low: UInt64(number) + 1)
    }
}

/// What a user wants of one group.
public struct Wish: Hashable, Sendable {
    public var mode: FilterMode
    /// The sources that it includes or excludes.
    public var listed: SourceSet

    public init(_ mode: FilterMode, _ listed: SourceSet) {
        self.mode = mode
        self.listed = listed
    }

    public static let nothing = Wish(.include, .none)

    var isNothing: Bool { mode == .include && listed.isEmpty }

    /// The sources whose packets it asks for.
    func wanted(of all: SourceSet) -> SourceSet { mode == .include ? listed : all.subtracting(listed) }
}

extension Wish: CustomStringConvertible {
    public var description: String {
        if isNothing { return "nothing" }
        let names = listed.numbers.map { "s\($0 + 1)" }.joined(separator: ",")
        return mode == .include ? "INCLUDE(\(names))" : "EXCLUDE(\(names))"
    }
}
