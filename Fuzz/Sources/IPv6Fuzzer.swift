import IPv6
import MLD
import Timing

/// Headers, then what receivers do with the payload: the checksum, here compared with the textbook's.
func fuzzIPv6(_ octets: RawSpan) {
    _ = try? IPv6Packet.hasRouterAlert(octets)
    fuzzJudgement(octets)
    guard let packet = try? IPv6Packet(parsing: octets) else { return }
    require(
        packet.payload.lowerBound >= 40 && packet.payload.upperBound <= octets.byteCount,
        "the payload lies behind the header and within the packet")
    require(
        ![0, 43, 60].contains(packet.nextHeader) || packet.fragment?.isAtomic == false,
        "every extension header that is known is walked")
    let payload = octets.extracting(packet.payload)
    var checksum = InternetChecksum(
        source: packet.source, destination: packet.destination, length: payload.byteCount,
        nextHeader: packet.nextHeader)
    checksum.add(payload)
    require(checksum.value == textbookChecksum(packet, payload), "the checksum is that of RFC 1071")
    if packet.nextHeader == IPv6Packet.icmpv6 { fuzzMLDMessages(payload) }
}

/// What a router that listens for MLD makes of it, whole or cut: a message only if a receiver may use all of it.
private func fuzzJudgement(_ octets: RawSpan) {
    for isCut in [false, true] {
        var reader = MLDPacketReader()
        guard case .message(let place, let arrival) = reader.read(octets, isCut: isCut, at: Instant(nanoseconds: 1))
        else { continue }
        require(place.upperBound <= octets.byteCount, "a message lies within its packet")
        require(isCut || arrival.defect != .cut, "what is whole is not cut")
        guard arrival.defect == nil else { continue }
        require(
            MLDMessageType(rawValue: octets.unsafeLoad(fromByteOffset: place.lowerBound, as: UInt8.self)) != nil,
            "it is MLD")
        require((try? IPv6Packet(parsing: octets))?.payload == place, "a message is the payload of its packet")
    }
}

/// One 16-bit word after the other, carries added at once (RFC 1071 §1, RFC 8200 §8.1).
private func textbookChecksum(_ packet: IPv6Packet, _ payload: RawSpan) -> UInt16 {
    var octets = packet.source.octets + packet.destination.octets
    octets += (0..<4).map { UInt8(truncatingIfNeeded: payload.byteCount >> (24 - 8 * $0)) }
    octets += [0, 0, 0, packet.nextHeader]
    octets += payload.withUnsafeBytes { Array($0) }
    if octets.count % 2 == 1 { octets.append(0) }
    var sum: UInt32 = 0
    for index in stride(from: 0, to: octets.count, by: 2) {
        sum += UInt32(octets[index]) << 8 | UInt32(octets[index + 1])
        if sum > 0xffff { sum -= 0xffff }
    }
    return ~UInt16(sum)
}
