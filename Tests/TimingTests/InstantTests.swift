import Testing
import Timing

@Suite("Instant")
struct InstantTests {
    @Test("Adding a duration moves an instant either way")
    func adding() {
        let start = Instant(nanoseconds: 5_000_000_000)
        #expect(start + .seconds(2) == Instant(nanoseconds: 7_000_000_000))
        #expect(start + .milliseconds(-1) == Instant(nanoseconds: 4_999_000_000))
        #expect(start + .zero == start)
    }

    @Test("Adding saturates at the ends of the range")
    func saturation() {
        #expect(Instant(nanoseconds: 5) + .seconds(-1) == Instant(nanoseconds: 0))
        #expect(Instant.distantFuture + .nanoseconds(1) == .distantFuture)
        #expect(Instant.distantFuture + .seconds(Int64.max) == .distantFuture)
        #expect(Instant(nanoseconds: 0) + .seconds(Int64.min) == Instant(nanoseconds: 0))
    }

    @Test("The difference of two instants has a sign and saturates")
    func difference() {
        let a = Instant(nanoseconds: 3)
        let b = Instant(nanoseconds: 10)
        #expect(b - a == .nanoseconds(7))
        #expect(a - b == .nanoseconds(-7))
        #expect(Instant.distantFuture - a == .nanoseconds(Int64.max))
        #expect(a - .distantFuture == .nanoseconds(-Int64.max))
    }

    @Test(
        "A duration in nanoseconds saturates instead of trapping",
        arguments: [
            (.zero, 0), (.milliseconds(1500), 1_500_000_000), (.milliseconds(-1500), -1_500_000_000),
            (.seconds(9_223_372_036), 9_223_372_036_000_000_000), (.seconds(9_223_372_037), .max),
            (.seconds(-9_223_372_037), .min), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func nanoseconds(duration: Duration, expected: Int64) { #expect(duration.nanoseconds == expected) }

    @Test("A duration in seconds keeps its fraction")
    func seconds() {
        #expect(Duration.milliseconds(1250).inSeconds == 1.25)
        #expect(Duration.milliseconds(-1250).inSeconds == -1.25)
    }
}
