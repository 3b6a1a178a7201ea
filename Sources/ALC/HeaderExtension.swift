import IPv6

/// A header extension of an LCT header, as a place in the octets of the packet (RFC 5651 §5.2).
public struct HeaderExtension: Equatable, Sendable {
    /// Header Extension Type (HET): below 128 with a length of its own, one word from 128 on.
    public var type: UInt8
    /// What is behind type and length.
    public var content: Range<Int>

    /// FEC Object Transmission Information, EXT_FTI (RFC 5775 §5).
    public static let fecObjectTransmissionInformation: UInt8 = 64
    /// The number of an FDT instance, EXT_FDT (RFC 6726 §3.4.1).
    public static let fdtInstance: UInt8 = 192
}

/// Walks the header extensions of a packet where they lie.
///
/// It holds offsets only, so every call takes the same octets again. All lengths are checked once, by `init`.
/// Extensions that are not known are to be skipped (RFC 5651 §5.2).
public struct HeaderExtensions: Sendable {
    private var rest: Range<Int>

    /// No extension.
    init() { rest = 0..<0 }

    /// Checks that extensions fill `range` of the octets, which is within them.
    init(_ range: Range<Int>, in octets: RawSpan) throws(WireError) {
        rest = range
        var offset = range.lowerBound
        while offset < range.upperBound {
            // Starts and lengths are multiples of 4: there are four octets at least.
            let length = Self.length(at: offset, in: octets)
            guard length > 0 else { throw .malformed("header extension of length 0") }
            guard length <= range.upperBound - offset else { throw .malformed("header extension beyond its header") }
            offset += length
        }
    }

    /// The next extension, nil after the last one.
    public mutating func next(in octets: RawSpan) -> HeaderExtension? {
        guard !rest.isEmpty else { return nil }
        let start = rest.lowerBound
        let end = start + Self.length(at: start, in: octets)
        rest = end..<rest.upperBound
        let type = octets.octet(at: start)
        return HeaderExtension(type: type, content: start + (type < 128 ? 2 : 1)..<end)
    }

    /// The first extension of a type.
    func first(_ type: UInt8, in octets: RawSpan) -> HeaderExtension? {
        var walk = self
        while let found = walk.next(in: octets) {
            if found.type == type { return found }
        }
        return nil
    }

    private static func length(at offset: Int, in octets: RawSpan) -> Int {
        octets.octet(at: offset) < 128 ? 4 * Int(octets.octet(at: offset + 1)) : 4
    }
}
