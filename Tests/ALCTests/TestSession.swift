import ALC
import Glibc
import RaptorQ
import SeededRandom

/// The packets of one object, as a sender has them: content coded with RaptorQ, announcement, and the objects of which
/// a FLUTE receiver knows nothing.
struct TestSession {
    let content: [UInt8]
    let parameters: RaptorQParameters
    let instance: FDTInstance
    private let encoders: [BlockEncoder]

    static let tsi: UInt32 = 0x8765_4321

    init(octets: Int, symbolSize: UInt16, blocks: UInt8, name: String = "update.bin", seed: UInt64 = 1) throws {
        var random = SeededGenerator(seed: seed)
        content = (0..<octets).map { _ in UInt8.random(in: 0...255, using: &random) }
        parameters = try RaptorQParameters(
            transferLength: UInt64(octets), symbolSize: symbolSize, sourceBlocks: blocks)
        instance = try FDTInstance(toi: 1, name: name, parameters: parameters, expires: UInt64(time(nil)) + 3600)
        let size = Int(symbolSize)
        var rest = content[...]
        var encoders: [BlockEncoder] = []
        for symbols in Self.blockLengths(parameters) {
            let block = Array(rest.prefix(symbols * size))
            rest = rest.dropFirst(symbols * size)
            let padded = block + [UInt8](repeating: 0, count: symbols * size - block.count)
            let schedule = try EncodingSchedule(sourceSymbols: symbols)
            encoders.append(
                try padded.withUnsafeBytes { octets in
                    try BlockEncoder(octets, symbolSize: size, schedule: schedule)
                })
        }
        self.encoders = encoders
    }

    /// K of each block: the long ones first (RFC 6330 §4.4.1.2).
    static func blockLengths(_ parameters: RaptorQParameters) -> [Int] {
        let short = Int(parameters.symbols) / Int(parameters.sourceBlocks)
        let long = Int(parameters.symbols) % Int(parameters.sourceBlocks)
        return (0..<Int(parameters.sourceBlocks)).map { $0 < long ? short + 1 : short }
    }

    /// The packets of the announcement: all in one, as there is room.
    func announcement(maximumLength: Int = 1232) throws -> [[UInt8]] {
        try instance.packets(tsi: Self.tsi, instanceID: 1, maximumLength: maximumLength)
    }

    /// A packet with an encoding symbol.
    func symbol(_ block: Int, _ id: UInt32, announced: Bool = false) throws -> [UInt8] {
        var symbol = [UInt8](repeating: 0, count: Int(parameters.symbolSize))
        try symbol.withUnsafeMutableBytes { octets in
            try encoders[block].write(id, into: octets)
        }
        return ALCHeader(
            LCTHeader(tsi: UInt64(Self.tsi), toi: 1),
            payloadID: RaptorQPayloadID(sourceBlockNumber: UInt8(block), encodingSymbolID: id),
            objectTransmissionInformation: announced ? parameters : nil
        ).packet(symbol)
    }

    /// A packet of another object of the session.
    func other(_ toi: UInt128, _ block: UInt8, _ id: UInt32, octets: Int) -> [UInt8] {
        ALCHeader(
            LCTHeader(tsi: UInt64(Self.tsi), toi: toi),
            payloadID: RaptorQPayloadID(sourceBlockNumber: block, encodingSymbolID: id)
        ).packet([UInt8](repeating: 0x5a, count: octets))
    }
}
