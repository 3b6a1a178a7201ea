import IPv6
import MLD
import Timing

/// Fragments of a few packets in any order, overlapping, repeated, too long or never complete: what is put together is what
/// was divided, and what waits has its bounds.
func fuzzFragments(_ choices: FuzzInput) {
    var choices = choices
    var reader = MLDPacketReader()
    var now = Instant(nanoseconds: 1)
    while !choices.isAtEnd {
        let packet = choices.octet()
        let offset = Int(choices.short() & 0x1fff)
        let header = choices.octet()
        let size = header & 0x80 != 0 ? Int(choices.short() % 1500) : 8 * Int(header & 0x1f)
        let isLast = header & 0x40 != 0
        if header & 0x20 != 0 { now = now + .seconds(Int64(choices.octet())) }
        let fragment = fragment(of: packet, 8 * offset..<8 * offset + size, isLast: isLast)
        switch reader.read(fragment.span.bytes, isCut: choices.number(below: 16) == 0, at: now) {
        case .other: break
        case .message(_, let arrival): require(arrival.defect != nil || isLast, "a part is no message")
        case .reassembled(let whole, let place, let arrival):
            require(place.upperBound == whole.count && place.lowerBound == 48, "the message is behind the options")
            require(place.count <= 65_535, "a packet has its bounds")
            require(arrival.routerAlert && arrival.hopLimit == 1, "the headers are those of the first fragment")
            for (index, octet) in whole[place].enumerated() {
                require(octet == content(of: packet, at: index), "what is put together is what was divided")
            }
        }
        while let lost = reader.nextLost(at: now) {
            require(lost.defect == .fragment || lost.defect == .tooLong, "what is given up says why")
        }
        require(reader.waiting <= 16, "no more waits than there is room for")
    }
    now = now + .seconds(60)
    while reader.nextLost(at: now) != nil {}
    require(reader.waiting == 0, "nothing waits for ever")
}

/// Of the message in a packet, so that every octet tells where it belongs.
private func content(of packet: UInt8, at index: Int) -> UInt8 {
    index == 0 ? [143, 131, 132, 130][Int(packet % 4)] : UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8) ^ packet
}

private func fragment(of packet: UInt8, _ range: Range<Int>, isLast: Bool) -> [UInt8] {
    let place = UInt16(truncatingIfNeeded: range.lowerBound) & 0xfff8 | (isLast ? 0 : 1)
    let payload: [UInt8] =
        [44, 0, 5, 2, 0, 0, 1, 0, 58, 0, UInt8(place >> 8), UInt8(truncatingIfNeeded: place), 0, 0, 0, packet]
        + range.map { content(of: packet, at: $0) }
    let source = IPv6Address(high: 0xfe80 << 48, low: UInt64(packet >> 4) + 1)
    let header = [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(truncatingIfNeeded: payload.count), 0, 1]
    return header + source.octets + IPv6Address.allMLDv2Routers.octets + payload
}
