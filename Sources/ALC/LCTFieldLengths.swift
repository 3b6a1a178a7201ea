/// How long the fields of an LCT header are, in octets (RFC 5651 §5.1: C, S, O and H).
public struct LCTFieldLengths: Equatable, Sendable {
    /// Of the Congestion Control Information: 4, 8, 12 or 16.
    public let cci: Int
    /// Of the Transport Session Identifier: 0, 2, 4 or 6.
    public let tsi: Int
    /// Of the Transport Object Identifier: 0, 2, 4, … 14.
    public let toi: Int

    /// 32 bits in each field, as ours are.
    public init() {
        cci = 4
        tsi = 4
        toi = 4
    }

    /// From the first 16 bits of a header; every value of them has a meaning.
    init(flags: UInt16) {
        let half = flags & 0x10 != 0 ? 2 : 0
        cci = 4 * Int(flags >> 10 & 3) + 4
        tsi = 4 * Int(flags >> 7 & 1) + half
        toi = 4 * Int(flags >> 5 & 3) + half
    }

    /// C, S, O and H where they are in the first 16 bits of a header. Half words come in both identifiers or in none.
    var flags: UInt16 {
        UInt16(cci / 4 - 1) << 10 | UInt16(tsi / 4) << 7 | UInt16(toi / 4) << 5 | (tsi % 4 == 0 ? 0 : 0x10)
    }

    /// Octets of the header without extensions.
    var header: Int { 4 + cci + tsi + toi }
}
