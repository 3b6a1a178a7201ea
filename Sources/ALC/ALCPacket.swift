public import IPv6
public import RaptorQ

/// A packet of ours as it came, checked, as places in its octets: LCT header, extensions, FEC Payload ID, payload
/// (RFC 5775 §3).
///
/// It holds no octets, so the methods that read some take the same octets again. Nothing here is authenticated.
public struct ALCPacket: Sendable {
    public let lct: LCTHeader
    /// Extensions of the LCT header, all within it.
    public let extensions: HeaderExtensions
    /// The encoding symbol in the payload. Nil for a packet that ends with its LCT header: it can say no more than that
    /// session or object end.
    public let payloadID: RaptorQPayloadID?
    /// Where the payload is. May be empty; how long it must be only the receiver knows.
    public let payload: Range<Int>

    /// Parses the payload of a UDP datagram. Refuses what is not coded with RaptorQ.
    public init(parsing octets: RawSpan) throws(WireError) {
        lct = try LCTHeader(parsing: octets)
        guard lct.codepoint == LCTHeader.raptorQ else { throw .malformed("codepoint that is not RaptorQ's") }
        extensions = lct.extensionsLength == 0 ? HeaderExtensions() : try HeaderExtensions(lct.extensions, in: octets)
        let start = lct.length
        guard octets.byteCount > start else {
            payloadID = nil
            payload = start..<start
            return
        }
        let needed = start + RaptorQPayloadID.length
        guard octets.byteCount >= needed else { throw .tooShort(needed: needed, had: octets.byteCount) }
        payloadID = RaptorQPayloadID(rawValue: octets.word(at: start))
        payload = needed..<octets.byteCount
    }

    /// The number of the FDT instance in the payload (EXT_FDT), nil if the packet names none, or one of a version of
    /// FLUTE that is not 2 (RFC 6726 §3.4.1).
    public func fdtInstanceID(in octets: RawSpan) -> UInt32? {
        guard let found = extensions.first(HeaderExtension.fdtInstance, in: octets) else { return nil }
        let word = octets.word(at: found.content.lowerBound - 1) & 0xff_ffff
        guard word >> 20 == ALCHeader.fluteVersion else { return nil }
        return word & (ALCHeader.fdtInstanceIDs - 1)
    }

    /// How the object is cut, if the packet says it (EXT_FTI; RFC 6330 §3.3).
    ///
    /// - Throws: why it cannot be cut so.
    public func objectTransmissionInformation(in octets: RawSpan) throws(RaptorQError) -> ObjectTransmissionInformation?
    {
        guard let found = extensions.first(HeaderExtension.fecObjectTransmissionInformation, in: octets) else {
            return nil
        }
        // Behind it there is padding.
        let length = min(found.content.count, ObjectTransmissionInformation.encodedLength)
        let start = found.content.lowerBound
        return try ObjectTransmissionInformation(parsing: octets.extracting(start..<start + length))
    }
}
