import ALC
import Glibc
import RaptorQ
import SeededRandom

/// The packets of one object, as a sender has them: content coded with RaptorQ, announcement, and the objects of which
/// a FLUTE receiver knows nothing.
struct TestSession {
    let content: [UInt8]
    let information: ObjectTransmissionInformation
    let instance: FDTInstance
    private let encoders: [BlockEncoder]

    static let tsi: UInt32 = 0x8765_4321

    init(octets: Int, symbolSize: Int, blocks: Int, name: String = "update.bin", seed: UInt64 = 1) throws {
        var random = SeededGenerator(seed: seed)
        content = (0..<octets).map { _ in UInt8.random(in: 0...255, using: &random) }
        information = try ObjectTransmissionInformation(
            transferLength: UInt64(octets), symbolSize: symbolSize, sourceBlocks: blocks, alignment: 4)
        instance = try FDTInstance(toi: 1, name: name, information: information, expires: UInt64(time(nil)) + 3600)
        var encoders: [BlockEncoder] = []
        for number in 0..<blocks {
            let block = try information.sourceBlock(number)
            let length = block.sourceSymbols * symbolSize
            let padded = content.dropFirst(Int(block.offset)).prefix(length) + repeatElement(0, count: length)
            let schedule = try EncodingSchedule(sourceSymbols: block.sourceSymbols)
            encoders.append(
                try Array(padded.prefix(length)).withUnsafeBytes { octets in
                    try BlockEncoder(octets, symbolSize: symbolSize, schedule: schedule)
                })
        }
        self.encoders = encoders
    }

    /// K of each block.
    func blockLengths() throws -> [Int] {
        try (0..<information.sourceBlocks).map { try information.sourceBlock($0).sourceSymbols }
    }

    /// The packets of the announcement: all in one, as there is room.
    func announcement(maximumLength: Int = 1232) throws -> [[UInt8]] {
        try instance.packets(tsi: Self.tsi, instanceID: 1, maximumLength: maximumLength)
    }

    /// A packet with an encoding symbol.
    func symbol(_ block: Int, _ id: UInt32, announced: Bool = false) throws -> [UInt8] {
        var symbol = [UInt8](repeating: 0, count: information.symbolSize)
        try symbol.withUnsafeMutableBytes { octets in
            try encoders[block].write(id, into: octets)
        }
        return ALCHeader(
            LCTHeader(tsi: UInt64(Self.tsi), toi: 1),
            payloadID: RaptorQPayloadID(sourceBlockNumber: UInt8(block), encodingSymbolID: id),
            objectTransmissionInformation: announced ? information : nil
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
