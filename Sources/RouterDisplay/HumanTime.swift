/// A time in the two largest units that it has: `9.5s`, `4m12s`, `3h05m`, `2d07h`; below a second `312µs`, `1.5ms`.
public struct HumanTime: CustomStringConvertible, Sendable {
    public let description: String

    /// - Parameter seconds: nil becomes `-`.
    public init(_ seconds: Double?) {
        guard let seconds, seconds.isFinite, abs(seconds) < 1e12 else {
            description = "-"
            return
        }
        description = seconds < 0 ? "-" + Self.text(-seconds) : Self.text(seconds)
    }

    private static func text(_ seconds: Double) -> String {
        // Rounded first, so that 59.97 s is a minute and not 60.0 s.
        let micros = (seconds * 1e6).rounded()
        if micros == 0 { return "0s" }
        if micros < 1000 { return "\(Int(micros))µs" }
        let tenths = (seconds * 1e4).rounded()
        if tenths < 1e4 { return "\(decimal(tenths))ms" }
        let whole = Int((seconds * 10).rounded())
        if whole < 100 { return "\(decimal(Double(whole)))s" }
        let total = Int(seconds.rounded())
        let (minutes, hours, days) = (total / 60, total / 3600, total / 86400)
        if minutes == 0 { return "\(total)s" }
        if hours == 0 { return "\(minutes)m\(twoDigits(total % 60))s" }
        if days == 0 { return "\(hours)h\(twoDigits(minutes % 60))m" }
        return "\(days)d\(twoDigits(hours % 24))h"
    }

    /// Tenths with one decimal, none where it is zero.
    private static func decimal(_ tenths: Double) -> String {
        let number = Int(tenths)
        return number % 10 == 0 ? "\(number / 10)" : "\(number / 10).\(number % 10)"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
