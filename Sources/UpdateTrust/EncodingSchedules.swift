import RaptorQ

/// How to encode blocks of a few sizes, each solved once. The blocks of an object have at most two sizes.
struct EncodingSchedules: Sendable {
    private let schedules: [Int: EncodingSchedule]

    init(sourceSymbols counts: Set<Int>) throws(RaptorQError) {
        var schedules: [Int: EncodingSchedule] = [:]
        for count in counts { schedules[count] = try EncodingSchedule(sourceSymbols: count) }
        self.schedules = schedules
    }

    /// For the source symbols of an object's blocks.
    init(_ object: ObjectLayout) throws(RaptorQError) {
        try self.init(sourceSymbols: [object.sourceSymbols(0), object.sourceSymbols(object.blockCount - 1)])
    }

    /// For the source pieces of the leaves of an object's blocks.
    init(_ layout: HashLayout) throws(RaptorQError) {
        try self.init(sourceSymbols: [layout.pieces(0), layout.pieces(layout.object.blockCount - 1)])
    }

    /// - Parameter source: symbols of `symbolSize` octets, as many as one of the sizes.
    func encoder(_ source: RawSpan, symbolSize: Int) throws(RaptorQError) -> BlockEncoder {
        let count = source.byteCount / symbolSize
        guard let schedule = schedules[count] else { throw .sourceSymbolCount(count) }
        return try source.withUnsafeBytes { (source) throws(RaptorQError) in
            try BlockEncoder(source, symbolSize: symbolSize, schedule: schedule)
        }
    }
}

extension BlockEncoder {
    /// Writes an encoding symbol to `place` of the octets.
    func write(_ esi: Int, into octets: inout [UInt8], at place: Range<Int>) throws(RaptorQError) {
        try octets.withMutableBytes { (octets) throws(RaptorQError) in
            try octets.withUnsafeMutableBytes { (octets) throws(RaptorQError) in
                try write(UInt32(truncatingIfNeeded: esi), into: UnsafeMutableRawBufferPointer(rebasing: octets[place]))
            }
        }
    }
}
