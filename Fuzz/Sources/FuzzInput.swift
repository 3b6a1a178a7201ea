/// The octets of an input as a series of choices; zeros once they are used up.
struct FuzzInput {
    private let octets: UnsafeRawBufferPointer
    private var offset = 0

    init(_ octets: UnsafeRawBufferPointer) { self.octets = octets }

    var isAtEnd: Bool { offset >= octets.count }

    mutating func octet() -> UInt8 {
        guard !isAtEnd else { return 0 }
        defer { offset += 1 }
        return octets[offset]
    }

    /// A number below `bound`, which is at most 256.
    mutating func number(below bound: Int) -> Int { Int(octet()) % bound }

    mutating func short() -> UInt16 { UInt16(octet()) << 8 | UInt16(octet()) }

    /// So many octets, or as many as there still are.
    mutating func octets(_ count: Int) -> [UInt8] {
        let end = min(octets.count, offset + count)
        defer { offset = end }
        return Array(octets[offset..<end])
    }

    mutating func rest() -> [UInt8] { octets(octets.count) }
}
