import Timing
import UpdateTransport

/// Packets of a few objects, honest and forged, at a receiver in virtual time.
struct CarouselFuzzer {
    private var input: FuzzInput
    private var receiver: CarouselReceiver
    private var now = Instant(nanoseconds: 1_000_000_000)
    private let maximumSize: UInt64
    /// Symbols written of the object that is being received.
    private var written: Set<UInt64> = []

    init(_ input: FuzzInput) {
        self.input = input
        maximumSize = 1 << (10 + UInt64(self.input.number(below: 16)))
        receiver = CarouselReceiver(maximumSize: maximumSize) { _, hash in ObjectID(prefixOf: hash) }
    }

    mutating func run() {
        while !input.isAtEnd {
            switch input.number(below: 8) {
            case 0: parse(input.octets(72 + Int(input.short() % 2048)))
            case 1: now = now + .milliseconds(20 * Int(input.octet()))
            case 2:
                let object = receiver.object
                receiver.mismatched(at: now)
                require(receiver.object == nil, "\(String(describing: object)) is given up")
            case 3: receiver.refuse(at: now)
            default: handle(packet())
            }
            require(receiver.received <= receiver.needed, "no more symbols than there are")
            require(receiver.object == nil || receiver.received == UInt64(written.count), "symbols are counted once")
            require(receiver.isWhole == (receiver.object != nil && receiver.received == receiver.needed), "whole")
        }
    }

    /// A packet as an honest sender makes it, of one of sixteen objects.
    private mutating func packet() -> CarouselPacket {
        let choice = input.octet()
        var octets = [UInt8](repeating: choice >> 4, count: 48)
        if choice & 8 != 0 { octets[0] ^= 1 }  // an object id that does not belong to the hash
        let size = UInt64(input.octet()) << (choice & 7)
        let object = CarouselObject(
            id: ObjectID(octets.span.bytes, at: 0), size: size, symbolSize: 1024 + UInt16(choice & 3),
            hash: ContentHash(octets.span.bytes, at: 16))
        let symbol = UInt64(input.octet()) % object.symbolCount
        let packet = CarouselPacket(object, symbol: symbol)
        var written = [UInt8](repeating: 0, count: packet.encodedLength)
        var span = written.mutableSpan
        var bytes = span.mutableBytes
        packet.encodeHeader(into: &bytes)
        require((try? CarouselPacket(parsing: written.span.bytes)) == packet, "a packet written and read is the same")
        return packet
    }

    private mutating func parse(_ octets: [UInt8]) {
        guard let packet = try? CarouselPacket(parsing: octets.span.bytes) else { return }
        require(packet.encodedLength == octets.count, "the length of a packet")
        require(
            packet.offset + UInt64(octets.count - CarouselPacket.headerLength) <= packet.object.size,
            "the payload lies within the file")
        var header = [UInt8](repeating: 0, count: CarouselPacket.headerLength)
        var span = header.mutableSpan
        var bytes = span.mutableBytes
        packet.encodeHeader(into: &bytes)
        require(header[...] == octets.prefix(header.count), "a header read and written is the same")
        handle(packet)
    }

    private mutating func handle(_ packet: CarouselPacket) {
        let before = receiver.object
        switch receiver.handle(packet, at: now) {
        case .write:
            require(before == packet.object && receiver.object == before, "written is what is being received")
            require(written.insert(packet.symbol).inserted, "a symbol is written once")
        case .begin:
            require(receiver.object == packet.object && before != packet.object, "begun is another object")
            require(packet.object.size <= maximumSize, "objects that are too large are not begun")
            require(packet.object.id == ObjectID(prefixOf: packet.object.hash), "forged objects are not begun")
            written = [packet.symbol]
        case .duplicate: require(written.contains(packet.symbol), "a duplicate was there before")
        case .otherObject, .forged, .tooLarge, .refused:
            require(receiver.object == before && before != packet.object, "a refused packet changes nothing")
        }
    }
}
