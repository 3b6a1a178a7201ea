/// Names an update object and how it is cut: BLAKE2b-128 of "lcroute object 1", its size (64 bits), the symbol size (16
/// bits), the number of blocks (8 bits, 256 as 0) and the hash of the file.
///
/// It is part of what every symbol's hash covers, so a symbol of one update never passes for one of another.
public struct UpdateID: Hashable, Sendable, CustomStringConvertible {
    /// The 16 octets.
    public let octets: [UInt8]

    /// Its length on the wire, in octets.
    public static let length = 16

    public init(layout: ObjectLayout, hash: FileHash) {
        let state = BLAKE2b(length: Self.length)
        let numbers = (layout.size, UInt16(layout.symbolSize), UInt8(truncatingIfNeeded: layout.blockCount))
        state.update("lcroute object 1")
        state.update(bigEndian: numbers.0)
        state.update(bigEndian: numbers.1)
        state.update(bigEndian: numbers.2)
        state.update(hash.octets.span.bytes)
        octets = state.finish(count: Self.length)
    }

    /// - Returns: nil unless there are 16 octets.
    public init?(_ octets: some Sequence<UInt8>) {
        let octets = Array(octets)
        guard octets.count == Self.length else { return nil }
        self.octets = octets
    }

    /// 32 hexadecimal digits.
    public var description: String { Hexadecimal.text(octets) }
}
