import RaptorQ

extension FDTInstance {
    /// The packets that carry this FDT instance, whole UDP payloads: one, unless its text is too long.
    ///
    /// The text is an object of its own, TOI 0, one RaptorQ block of which every packet has one source symbol, and says
    /// how it is cut (EXT_FTI). Spaces behind the text make all symbols full: none has octets that are not XML.
    ///
    /// - Parameters:
    ///   - tsi: the session, as in all packets of it.
    ///   - instanceID: 20 bits; another one whenever anything else of the instance is another (RFC 6726 §3.3).
    ///   - maximumLength: octets of the longest UDP payload.
    /// - Throws: `FDTError.packetLength` where not even a few octets of text fit a packet.
    public func packets(tsi: UInt32, instanceID: UInt32, maximumLength: Int) throws(FDTError) -> [[UInt8]] {
        let lct = LCTHeader(tsi: UInt64(tsi), toi: 0)
        let overhead =
            lct.length + ALCHeader.fdtInstanceLength + ALCHeader.objectTransmissionInformationLength
            + RaptorQPayloadID.length
        guard maximumLength >= overhead + 64 else { throw .packetLength(maximumLength) }
        let room = min(maximumLength - overhead, 65_532) & ~3
        var text = Array(text.utf8)
        let count = (text.count - 1) / room + 1
        let size = ((text.count - 1) / count + 4) & ~3
        text += repeatElement(UInt8(ascii: " "), count: count * size - text.count)
        let information: ObjectTransmissionInformation
        do {
            information = try ObjectTransmissionInformation(
                transferLength: UInt64(text.count), symbolSize: size, sourceBlocks: 1, alignment: 4)
        } catch {
            throw .packetLength(maximumLength)  // a text of more symbols than a block has: not with names of 255 octets
        }
        return (0..<count).map { index in
            ALCHeader(
                lct, payloadID: RaptorQPayloadID(sourceBlockNumber: 0, encodingSymbolID: UInt32(index)),
                fdtInstanceID: instanceID, objectTransmissionInformation: information
            ).packet(text[index * size..<(index + 1) * size])
        }
    }
}
