import Testing
import Timing

@testable import NetworkLab

@Suite("Measurements")
struct MeasurementTests {
    @Test(
        "numbers are written with so many digits",
        arguments: [
            (0.0, 2, "0.00"), (1.005, 1, "1.0"), (0.996, 2, "1.00"), (-2.5, 1, "-2.5"), (12345.678, 0, "12346"),
            (0.05, 3, "0.050"),
        ])
    func fixed(value: Double, digits: Int, text: String) { #expect(value.fixed(digits) == text) }

    @Test("quantiles are values that were measured, and what never came is counted")
    func samples() {
        var samples = Samples()
        #expect(samples.median == nil)
        for value in [5, 1, 4, 2, 3] { samples.add(.milliseconds(value)) }
        samples.add(nil)
        #expect(samples.median == .milliseconds(3))
        #expect(samples.quantile(0.99) == .milliseconds(5))
        #expect(samples.quantile(0) == .milliseconds(1))
        #expect(samples.missed == 1)
    }

    @Test("holes, repetitions and the longest gap of a stream are seen")
    func arrivals() {
        var record = ArrivalRecord()
        let start = Instant(nanoseconds: 1_000_000_000)
        for (offset, sequence) in [(0, 7), (1, 8), (2, 11), (9, 12), (10, 12), (11, 9)] as [(Int, UInt64)] {
            record.add(octets: 100, at: start + .milliseconds(offset), sequence: sequence)
        }
        #expect(record.count == 6 && record.octets == 600)
        #expect(record.missing == 2 && record.repeated == 2)
        #expect(record.longestGap == .milliseconds(7))
        #expect(record.longestGapStart == start + .milliseconds(2))
        #expect(record.first == start && record.last == start + .milliseconds(11))
    }

    @Test("output is cut into lines wherever it was cut in transit, and only the last lines are kept")
    func lines() {
        var buffer = LineBuffer()
        #expect(buffer.append(Array("one\ntw".utf8)) == ["one"])
        #expect(buffer.append(Array("o\n\nthr".utf8)) == ["two", ""])
        #expect(buffer.all == ["one", "two", "", "thr"])
        #expect(buffer.since(1) == ["two", ""])
        for number in 0..<3 * LineBuffer.maximumLines { _ = buffer.append(Array("\(number)\n".utf8)) }
        #expect(buffer.all.count <= 2 * LineBuffer.maximumLines)
        #expect(buffer.all.last == "\(3 * LineBuffer.maximumLines - 1)")
        #expect(buffer.since(buffer.count - 1).count == 1)
    }
}
