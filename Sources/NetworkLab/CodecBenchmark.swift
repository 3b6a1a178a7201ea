import Glibc
import LinuxSystem
import RaptorQ
import SeededRandom
import Timing

/// The speed and the memory of the RaptorQ codec, beside the raptorq package of PyPI in the same run.
///
/// All times are processor time of one thread. Encoding is solving for the intermediate symbols of a block in memory and
/// writing repair symbols for 5 % of it; decoding is everything from the first symbol given to the decoder to the last
/// missing one handed out. MB/s count the octets of the block. A workspace is that of decoders of other blocks of that size.
public enum CodecBenchmark {
    static let symbolSize = 1200
    static let losses = [0.01, 0.05, 0.2]

    /// - Parameter quick: fewer sizes and repetitions, for a look rather than a result.
    public static func run(quick: Bool, into report: inout BenchmarkReport) throws {
        for size in quick ? [100, 1000, 4096] : [100, 500, 1000, 4096, 10_000, 30_000, 56_403] {
            try measure(size, repetitions: quick ? 3 : max(5, min(50, 40_000 / size)), into: &report)
        }
        for (size, trials) in quick ? [(10, 20_000)] : [(10, 1_000_000), (101, 50_000), (1002, 5000)] {
            try failures(size, trials: trials, into: &report)
        }
    }

    private static func measure(_ size: Int, repetitions: Int, into report: inout BenchmarkReport) throws {
        let section = "codec K=\(size)"
        var random = SeededGenerator(seed: UInt64(size))
        let block = (0..<size * symbolSize / 8 + 1).flatMap { _ in
            withUnsafeBytes(of: random.next()) { Array($0) }
        }.prefix(size * symbolSize)
        let source = Array(block)
        let start = threadTime()
        let schedule = try EncodingSchedule(sourceSymbols: size)
        report.add(section, "schedule, once for each K'", (threadTime() - start) * 1000, "ms")
        let others = try other(size, repetitions: min(repetitions, 5))

        var symbol = [UInt8](repeating: 0, count: symbolSize)
        let (encoding, encoderMemory) = try median(repetitions) {
            let encoder = try encoder(source, schedule)
            for id in size..<size + size / 20 {
                try symbol.withUnsafeMutableBytes { try encoder.write(UInt32(id), into: $0) }
            }
        }
        report.add(section, "encode", rate(size, encoding), "MB/s", note: note("goal ≥ 300", size, others, 0))
        report.add(section, "encode, memory besides the block", encoderMemory, "MB")

        for (index, loss) in losses.enumerated() {
            let received = try received(size, loss, source, schedule, &random)
            let note = note("goal ≥ 250", size, others, index + 1)
            for variant in Variant.allCases {
                let workspace = variant == .shared ? DecodingWorkspace() : nil
                if workspace != nil { try decode(received, size, source, variant, workspace, into: &symbol) }
                let (decoding, memory) = try median(repetitions) {
                    try decode(received, size, source, variant, workspace, into: &symbol)
                }
                let name = "decode, \(Int(loss * 100)) % lost" + variant.rawValue
                report.add(section, name, rate(size, decoding), "MB/s", note: variant == .kept ? note : "")
                // The memory of a workspace was there before.
                if workspace == nil { report.add(section, "\(name), memory", memory, "MB") }
            }
        }
    }

    /// What the decoder does with symbols until they are needed.
    private enum Variant: String, CaseIterable {
        /// Keeps them.
        case kept = ""
        /// Takes note of them and reads them once.
        case elsewhere = ", symbols elsewhere"
        /// The same, and shares a workspace.
        case shared = ", symbols elsewhere, with a workspace"
    }

    private struct Received {
        var ids: [UInt32]
        var symbols: [UInt8]
    }

    /// What is left of the source symbols, and enough repair symbols to go on if a first attempt does not succeed.
    private static func received(
        _ size: Int, _ loss: Double, _ source: [UInt8], _ schedule: EncodingSchedule, _ random: inout SeededGenerator
    ) throws -> Received {
        let encoder = try encoder(source, schedule)
        let kept = (0..<UInt32(size)).filter { _ in Double.random(in: 0..<1, using: &random) >= loss }
        var received = Received(ids: kept + (UInt32(size)..<UInt32(2 * size - kept.count + 8)), symbols: [])
        for id in received.ids { try encoder.withSymbol(id) { received.symbols += $0 } }
        return received
    }

    private static func decode(
        _ received: Received, _ size: Int, _ source: [UInt8], _ variant: Variant, _ workspace: DecodingWorkspace?,
        into symbol: inout [UInt8]
    ) throws {
        let decoder = try BlockDecoder(sourceSymbols: size, symbolSize: symbolSize, workspace: workspace)
        try received.symbols.withUnsafeBytes { symbols in
            func octets(_ index: Int) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: symbols[index * symbolSize..<(index + 1) * symbolSize])
            }
            for (index, id) in received.ids.enumerated() where !decoder.isComplete {
                if variant == .kept { try decoder.add(id, octets(index)) } else { try decoder.note(id) }
                guard decoder.isReady else { continue }
                var next = 0
                _ = try decoder.decode { id, target in
                    while received.ids[next] != id { next += 1 }
                    target.copyMemory(from: octets(next))
                }
            }
        }
        try decoder.forEachRecovered { id, octets in
            symbol.withUnsafeMutableBytes { $0.copyMemory(from: octets) }
            guard symbol[0] == source[Int(id) * symbolSize] else {
                throw LabError.failed(command: "decode", message: "a symbol came back wrong")
            }
        }
    }

    private static func encoder(_ source: [UInt8], _ schedule: EncodingSchedule) throws -> BlockEncoder {
        try source.withUnsafeBytes { try BlockEncoder($0, symbolSize: symbolSize, schedule: schedule) }
    }

    /// How often K random repair symbols, one more and two more, are too few.
    private static func failures(_ size: Int, trials: Int, into report: inout BenchmarkReport) throws {
        var random = SeededGenerator(seed: UInt64(size))
        var failed = [0, 0, 0]
        for _ in 0..<trials {
            let decoder = try BlockDecoder(sourceSymbols: size, symbolSize: 1)
            while try !decoder.decode(reading: { _, octets in octets[0] = 0 }) {
                try decoder.note(.random(in: UInt32(size)..<BlockParameters.encodingSymbolIDs, using: &random))
            }
            for overhead in 0..<min(decoder.received - size, 3) { failed[overhead] += 1 }
        }
        for (overhead, goal) in [0.01, 0.0001, 0].enumerated() {
            report.add(
                "codec K=\(size)", "undecodable with K + \(overhead) symbols", Double(failed[overhead]), "times",
                goal: .atMost((goal * Double(trials)).rounded(.up)), note: "of \(trials)")
        }
    }

    private static func rate(_ size: Int, _ time: Double) -> Double { Double(size * symbolSize) / time / 1e6 }

    private static func note(_ goal: String, _ size: Int, _ others: [Double]?, _ index: Int) -> String {
        let goal = size == 4096 ? goal + "; " : ""
        guard let others else { return goal + "nothing to compare with: LCROUTE_ORACLES is not set" }
        return goal + "raptorq \(rate(size, others[index]).fixed(1)) MB/s"
    }
}

extension CodecBenchmark {
    /// The median of the times, in seconds, and the most memory that was resident beyond what was before, in megabytes.
    private static func median(_ repetitions: Int, _ body: () throws -> Void) throws -> (Double, Double) {
        var times: [Double] = []
        var memory = 0.0
        for repetition in 0..<repetitions {
            if repetition == 0 { resetPeak() }
            let before = try resident("VmRSS:")
            let start = threadTime()
            try body()
            times.append(threadTime() - start)
            if repetition == 0 { memory = try resident("VmHWM:") - before }
        }
        return (times.sorted()[times.count / 2], memory)
    }

    private static func threadTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Makes the kernel forget the peak of resident memory (proc(5), clear_refs).
    private static func resetPeak() {
        let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, "5", 1)
        close(file)
    }

    private static func resident(_ field: String) throws -> Double {
        let status = try LabDirectory.read("/proc/self/status")
        for line in String(decoding: status, as: UTF8.self).split(separator: "\n") where line.hasPrefix(field) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count > 1, let kilobytes = Int(words[1]) { return Double(kilobytes) * 1024 / 1e6 }
        }
        return 0
    }

    /// Times of the other implementation in seconds: encoding, then decoding with each loss. nil if it is not there.
    private static func other(_ size: Int, repetitions: Int) throws -> [Double]? {
        guard let folder = getenv("LCROUTE_ORACLES") else { return nil }
        let arguments = [
            String(cString: folder) + "/bin/python", "-c", program, "\(size)", "\(symbolSize)", "\(repetitions)",
        ]
        let (exit, output, errors) = try LabProcess.run(
            arguments + losses.map { "\($0)" }, within: .seconds(600))
        let times = output.split(separator: " ").compactMap { Double($0) }
        guard exit == .code(0), times.count == losses.count + 1 else {
            throw LabError.failed(command: "raptorq", message: errors)
        }
        return times
    }

    private static let program = """
        import random, sys, time
        from raptorq import Decoder, Encoder
        size, symbol, repetitions = map(int, sys.argv[1:4])
        random.seed(size)
        data = random.randbytes(size * symbol)
        def median(body):
            times = []
            for _ in range(repetitions):
                start = time.thread_time()
                body()
                times.append(time.thread_time() - start)
            return sorted(times)[len(times) // 2]
        def encode(repair):
            return Encoder.with_defaults(data, symbol).get_encoded_packets(repair)
        def decode(packets):
            decoder = Decoder.with_defaults(len(data), symbol)
            if not any(decoder.decode(packet) for packet in packets): sys.exit("not decoded")
        times = [median(lambda: encode(size // 20))]
        for loss in map(float, sys.argv[4:]):
            packets = encode(int(size * loss * 1.2) + 20)
            packets = [p for p in packets if int.from_bytes(p[1:4], "big") >= size or random.random() >= loss]
            times.append(median(lambda: decode(packets)))
        print(*times)
        """
}
