import ALC
import RaptorQ

/// Packets of a session, and all that can be asked of one.
func fuzzALC(_ octets: RawSpan) {
    guard let packet = try? ALCPacket(parsing: octets) else { return }
    require(packet.payload.upperBound == octets.byteCount, "the payload reaches to the end")
    require(packet.lct.length <= packet.payload.lowerBound, "the payload lies behind the header")
    if packet.payloadID == nil { require(packet.payload.isEmpty, "no payload without its id") }
    var extensions = packet.extensions
    var end = packet.lct.extensions.lowerBound
    while let next = extensions.next(in: octets) {
        require(
            next.content.lowerBound > end && next.content.upperBound <= packet.lct.length,
            "an extension lies behind the one before and within its header")
        end = next.content.upperBound
    }
    require(end == packet.lct.length, "extensions fill their header")
    let instance = packet.fdtInstanceID(in: octets)
    if let instance { require(instance < ALCHeader.fdtInstanceIDs, "ids of FDT instances have 20 bits") }
    guard let information = try? packet.objectTransmissionInformation(in: octets) else { return }
    require(
        information.symbolSize > 0 && information.sourceBlocks > 0
            && information.symbolSize.isMultiple(of: information.alignment),
        "an object that cannot be cut so is refused")
    if let block = try? information.sourceBlock(information.sourceBlocks - 1) {
        require(block.sourceSymbols > 0, "every block has symbols")
        _ = block.pieces(UInt32(block.sourceSymbols - 1))
    }
}
