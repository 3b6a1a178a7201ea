import ALC
import RaptorQ

/// Octets from hexadecimal digits; spaces and line ends are skipped.
func octets(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// The parts of a packet that can be compared; nil for one that is refused.
struct Parts: Equatable {
    var lct: LCTHeader
    var extensions: [HeaderExtension] = []
    var payloadID: RaptorQPayloadID?
    var fdtInstanceID: UInt32?
    var information: ObjectTransmissionInformation?
    var payload: [UInt8]

    /// Everything that can be asked of a packet, asked.
    init(_ packet: [UInt8]) throws {
        let bytes = packet.span.bytes
        let parsed = try ALCPacket(parsing: bytes)
        lct = parsed.lct
        var walk = parsed.extensions
        while let found = walk.next(in: bytes) { extensions.append(found) }
        payloadID = parsed.payloadID
        fdtInstanceID = parsed.fdtInstanceID(in: bytes)
        information = try parsed.objectTransmissionInformation(in: bytes)
        payload = Array(packet[parsed.payload])
    }
}
