public import RaptorQ

/// What is before the payload of an ALC packet: LCT header, its extensions, FEC Payload ID (RFC 5775 §3).
///
/// Without extensions, as packets with content have it, 20 octets:
/// ```
///  0  10 a0 04 06    4  CCI, 0    8  TSI    12  TOI    16  SBN 8 | ESI 24    20  payload
/// ```
public struct ALCHeader: Equatable, Sendable {
    /// Its `extensionsLength` is that of the extensions below.
    public private(set) var lct: LCTHeader
    /// The number of the FDT instance that the packet carries: EXT_FDT, 20 bits (RFC 6726 §3.4.1).
    public let fdtInstanceID: UInt32?
    /// How the object of the packet is cut: EXT_FTI (RFC 5775 §5).
    public let objectTransmissionInformation: ObjectTransmissionInformation?
    public var payloadID: RaptorQPayloadID

    /// Octets of one without extensions.
    public static let contentLength = 20
    /// FDT instance ids are less than this; then they begin anew.
    public static let fdtInstanceIDs: UInt32 = 1 << 20
    /// FLUTE version 2 (RFC 6726 §3.4.1).
    static let fluteVersion: UInt32 = 2
    static let fdtInstanceLength = 4
    static let objectTransmissionInformationLength = 16

    /// - Parameter fdtInstanceID: less than `fdtInstanceIDs`; higher bits are dropped.
    public init(
        _ lct: LCTHeader, payloadID: RaptorQPayloadID, fdtInstanceID: UInt32? = nil,
        objectTransmissionInformation: ObjectTransmissionInformation? = nil
    ) {
        self.lct = lct
        self.payloadID = payloadID
        self.fdtInstanceID = fdtInstanceID.map { $0 & (Self.fdtInstanceIDs - 1) }
        self.objectTransmissionInformation = objectTransmissionInformation
        self.lct.extensionsLength =
            (fdtInstanceID == nil ? 0 : Self.fdtInstanceLength)
            + (objectTransmissionInformation == nil ? 0 : Self.objectTransmissionInformationLength)
    }

    public var encodedLength: Int { lct.length + RaptorQPayloadID.length }

    /// Writes `encodedLength` octets; allocates nothing if EXT_FTI is not one of them. The caller has checked that they fit.
    public func encode(into octets: inout MutableRawSpan, at start: Int = 0) {
        lct.encodeFields(into: &octets, at: start)
        var offset = start + lct.extensions.lowerBound
        if let fdtInstanceID {
            octets.write(
                UInt32(HeaderExtension.fdtInstance) << 24 | Self.fluteVersion << 20 | fdtInstanceID, at: offset)
            offset += Self.fdtInstanceLength
        }
        if let objectTransmissionInformation {
            octets.write(HeaderExtension.fecObjectTransmissionInformation, at: offset)
            octets.write(UInt8(Self.objectTransmissionInformationLength / 4), at: offset + 1)
            for (place, octet) in objectTransmissionInformation.encoded.enumerated() {
                octets.write(octet, at: offset + 2 + place)
            }
            octets.write(UInt16(0), at: offset + 2 + ObjectTransmissionInformation.encodedLength)
            offset += Self.objectTransmissionInformationLength
        }
        payloadID.encode(into: &octets, at: offset)
    }

    /// A packet with this header and a payload.
    public func packet(_ payload: some Collection<UInt8>) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: encodedLength)
        var span = packet.mutableSpan
        var octets = span.mutableBytes
        encode(into: &octets)
        packet += payload
        return packet
    }
}
