import IPv6
import MLD

/// Some of the sources of a plan, one bit each. The bit behind the last one stands for every source that nobody names.
public struct SourceSet: OptionSet, Hashable, Sendable {
    public var rawValue: UInt128
    public init(rawValue: UInt128) { self.rawValue = rawValue }

    /// How many sources a plan may name.
    public static let maximumCount = 127

    /// All sources of a plan that names `count`, and the one that stands for the others.
    public static func all(_ count: Int) -> SourceSet {
        SourceSet(rawValue: count >= maximumCount ? .max : (UInt128(1) << UInt128(count + 1)) - 1)
    }

    init(source number: Int) { rawValue = UInt128(1) << UInt128(number) }

    var count: Int { rawValue.nonzeroBitCount }

    /// The numbers in it, ascending.
    var numbers: [Int] {
        var rest = rawValue
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

    public static let nothing = Wish(.include, [])

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
