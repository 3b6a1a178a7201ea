public import IPv6

/// The header of Layered Coding Transport, which begins every ALC packet (RFC 5651 §5.1).
///
/// ```
///  V4=1 C2 PSI2 S1 O2 H1 Res2 A1 B1 | HDR_LEN 8 | CP 8 | CCI | TSI | TOI | header extensions
/// ```
/// A receiver may meet all lengths of fields; ours send 32 bits in each.
public struct LCTHeader: Equatable, Sendable {
    public var fieldLengths: LCTFieldLengths
    /// Congestion Control Information (CCI).
    public var cci: UInt128
    /// Transport Session Identifier (TSI): the session of one sender. 0 if the packet has no such field.
    public var tsi: UInt64
    /// Transport Object Identifier (TOI): what of the session this is about. 0 if the packet has no such field.
    public var toi: UInt128
    /// What the payload is coded with (CP): in our sessions the FEC Encoding ID.
    public var codepoint: UInt8
    /// Protocol-Specific Indication (PSI), two bits: 0 in packets of schemes that have one format only.
    public var protocolSpecificIndication: UInt8 = 0
    /// The sender is about to end the session (A).
    public var closeSession: Bool
    /// The sender is about to send no more of the object (B).
    public var closeObject: Bool
    /// Octets of the header extensions, a multiple of 4, at most 1020 less those of the fields.
    public internal(set) var extensionsLength = 0

    /// The FEC Encoding ID of RaptorQ (RFC 6330 §3.1), our codepoint.
    public static let raptorQ: UInt8 = 6
    static let version: UInt16 = 1

    /// A header with the field lengths that ours have, or others; numbers are cut to them.
    public init(
        tsi: UInt64, toi: UInt128, codepoint: UInt8 = raptorQ, closeSession: Bool = false, closeObject: Bool = false,
        cci: UInt128 = 0, fieldLengths: LCTFieldLengths = LCTFieldLengths()
    ) {
        self.fieldLengths = fieldLengths
        self.cci = cci
        self.tsi = tsi
        self.toi = toi
        self.codepoint = codepoint
        self.closeSession = closeSession
        self.closeObject = closeObject
    }

    /// Parses the beginning of an ALC packet. The header is then whole; its extensions are not looked at.
    public init(parsing octets: RawSpan) throws(WireError) {
        guard octets.byteCount >= 4 else { throw .tooShort(needed: 4, had: octets.byteCount) }
        let flags = octets.short(at: 0)
        guard flags >> 12 == Self.version else { throw .malformed("version of LCT that is not 1") }
        fieldLengths = LCTFieldLengths(flags: flags)
        let length = 4 * Int(octets.octet(at: 2))
        guard length >= fieldLengths.header else { throw .malformed("LCT header shorter than its fields") }
        guard octets.byteCount >= length else { throw .tooShort(needed: length, had: octets.byteCount) }
        extensionsLength = length - fieldLengths.header
        codepoint = octets.octet(at: 3)
        protocolSpecificIndication = UInt8(flags >> 8 & 3)
        closeSession = flags & 2 != 0
        closeObject = flags & 1 != 0
        cci = octets.number(at: 4, length: fieldLengths.cci)
        tsi = UInt64(octets.number(at: 4 + fieldLengths.cci, length: fieldLengths.tsi))
        toi = octets.number(at: 4 + fieldLengths.cci + fieldLengths.tsi, length: fieldLengths.toi)
    }

    /// Octets of the header, its extensions included (HDR_LEN).
    public var length: Int { fieldLengths.header + extensionsLength }

    /// Where its extensions are, from its first octet on.
    public var extensions: Range<Int> { fieldLengths.header..<length }

    /// Writes all but the extensions.
    func encodeFields(into octets: inout MutableRawSpan, at start: Int) {
        var flags = Self.version << 12 | fieldLengths.flags | UInt16(protocolSpecificIndication & 3) << 8
        if closeSession { flags |= 2 }
        if closeObject { flags |= 1 }
        octets.write(flags, at: start)
        octets.write(UInt8(truncatingIfNeeded: length / 4), at: start + 2)
        octets.write(codepoint, at: start + 3)
        octets.write(cci, at: start + 4, length: fieldLengths.cci)
        octets.write(UInt128(tsi), at: start + 4 + fieldLengths.cci, length: fieldLengths.tsi)
        octets.write(toi, at: start + 4 + fieldLengths.cci + fieldLengths.tsi, length: fieldLengths.toi)
    }
}
