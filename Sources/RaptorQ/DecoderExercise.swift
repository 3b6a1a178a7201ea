/// Drives the codec by arbitrary octets, for fuzzing: nothing may trap, and true symbols must give back the block.
public enum DecoderExercise {
    /// The first octets choose K, T and the content, the others what happens to a decoder: symbols stored or noted,
    /// repeated, false, of the wrong size, and attempts in between.
    ///
    /// - Returns: false if a block was "recovered" that is not the one that was encoded.
    public static func run(_ octets: UnsafeRawBufferPointer) -> Bool {
        parseInformation(octets)
        var input = octets.makeIterator()
        func next() -> Int { input.next().map { Int($0) } ?? 0 }
        let sourceSymbols = 1 + next()
        let symbolSize = 1 + next() % 80
        let seed = next()
        let block = (0..<sourceSymbols * symbolSize).map { UInt8(truncatingIfNeeded: $0 * 167 + $0 >> 7 + seed) }
        do {
            let schedule = try EncodingSchedule(sourceSymbols: sourceSymbols)
            let encoder = try block.withUnsafeBytes {
                try BlockEncoder($0, symbolSize: symbolSize, schedule: schedule)
            }
            let decoder = try BlockDecoder(
                sourceSymbols: sourceSymbols, symbolSize: symbolSize,
                workspace: seed & 1 == 0 ? nil : DecodingWorkspace())
            var isFalse = false
            while let what = input.next(), !decoder.isComplete {
                let id = what & 1 == 0 ? UInt32(next() << 8 | next()) : UInt32(next() << 16 | next() << 8 | next())
                let run = what & 64 == 0 ? 1 : 1 + UInt32(next())
                for id in id..<id + run {
                    switch what >> 1 & 7 {
                    case 0: _ = try? decoder.note(id)
                    case 1:
                        isFalse = true
                        var wrong = [UInt8](repeating: 0x55, count: symbolSize + Int(what >> 7))
                        wrong[0] = what
                        wrong.withUnsafeBytes { _ = try? decoder.add(id, $0) }
                    default: try? encoder.withSymbol(id) { try decoder.add(id, $0) }
                    }
                }
                if what & 32 == 0 { _ = try decoder.decode(reading: encoder.write) }
            }
            _ = try decoder.decode(reading: encoder.write)
            var isRight = true
            try decoder.forEachRecovered { id, symbol in
                let start = Int(id) * symbolSize
                isRight = isRight && symbol.elementsEqual(block[start..<start + symbolSize])
            }
            return isRight || isFalse
        } catch { return false }
    }

    private static func parseInformation(_ octets: UnsafeRawBufferPointer) {
        let length = min(octets.count, ObjectTransmissionInformation.encodedLength)
        guard let information = try? ObjectTransmissionInformation(parsing: octets.bytes.extracting(0..<length)),
            let block = try? information.sourceBlock(information.sourceBlocks - 1)
        else { return }
        _ = block.pieces(UInt32(block.sourceSymbols - 1))
    }
}
