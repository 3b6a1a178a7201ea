import LinuxNetwork
import LinuxSystem
import UpdateTransport

/// Buffers for the packets of one batch, filled from the file.
struct OutgoingPackets: ~Copyable {
    private var headers: [UInt8]
    private var payload: [UInt8]

    init(symbolSize: UInt16) {
        headers = Array(repeating: 0, count: UDPMulticastSender.batchLimit * CarouselPacket.headerLength)
        payload = Array(repeating: 0, count: UDPMulticastSender.batchLimit * Int(symbolSize))
    }

    /// Sends symbols that are in a row in the file, at most a batch of them: how many went.
    mutating func send(
        _ symbols: Range<UInt64>, of object: CarouselObject, from file: borrowing SourceFile,
        through socket: UDPMulticastSender
    ) throws -> Int {
        let start = object.offset(ofSymbol: symbols.lowerBound)
        let length = Int(min(UInt64(symbols.count) * UInt64(object.symbolSize), object.size - start))
        try file.read(at: start, into: &payload, count: length)
        var span = headers.mutableSpan
        var octets = span.mutableBytes
        for (index, symbol) in symbols.enumerated() {
            CarouselPacket(object, symbol: symbol).encodeHeader(into: &octets, at: index * CarouselPacket.headerLength)
        }
        return try socket.send(
            headers: headers.span.bytes, headerLength: CarouselPacket.headerLength,
            payload: payload.span.bytes.extracting(first: length), pieceLength: Int(object.symbolSize),
            count: symbols.count)
    }
}
