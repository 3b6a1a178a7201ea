/// A time in whole seconds since 1970-01-01 UTC, up to the year 9999; as text in the form of RFC 3339:
/// `2027-01-31T12:00:00Z`.
public struct UTCTime: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let seconds: UInt64

    private static let limit: UInt64 = 253_402_300_800

    /// The time, or the end of the year 9999 beyond the year 9999.
    public init(clamping seconds: UInt64) { self.seconds = min(seconds, Self.limit - 1) }

    /// - Returns: nil beyond the year 9999.
    public init?(seconds: UInt64) {
        guard seconds < Self.limit else { return nil }
        self.seconds = seconds
    }

    /// Reads RFC 3339 §5.6: a date, a time and Z or an offset. Fractions of a second are left out.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        func number(_ at: Int, _ digits: Int) -> Int? {
            guard at + digits <= octets.count else { return nil }
            var value = 0
            for octet in octets[at..<at + digits] {
                guard case UInt8(ascii: "0")...UInt8(ascii: "9") = octet else { return nil }
                value = 10 * value + Int(octet - UInt8(ascii: "0"))
            }
            return value
        }
        func has(_ characters: String, at: Int) -> Bool { at < octets.count && characters.utf8.contains(octets[at]) }
        guard let year = number(0, 4), has("-", at: 4), let month = number(5, 2), has("-", at: 7),
            let day = number(8, 2), has("Tt ", at: 10), let hour = number(11, 2), has(":", at: 13),
            let minute = number(14, 2), has(":", at: 16), let second = number(17, 2),
            1...12 ~= month, 1...Self.days(in: month, of: year) ~= day, hour < 24, minute < 60, second <= 60
        else { return nil }
        var end = 19
        if has(".", at: end) {
            end += 1
            let first = end
            while number(end, 1) != nil { end += 1 }
            guard end > first else { return nil }
        }
        var offset = 0
        if has("+-", at: end) {
            guard let hours = number(end + 1, 2), has(":", at: end + 3), let minutes = number(end + 4, 2),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (has("-", at: end) ? -60 : 60)
            end += 6
        } else {
            guard has("Zz", at: end) else { return nil }
            end += 1
        }
        guard end == octets.count else { return nil }
        let time = Self.days(toYear: year, month: month) + day - 1
        guard let seconds = UInt64(exactly: time * 86_400 + hour * 3_600 + minute * 60 + second - offset) else {
            return nil
        }
        self.init(seconds: seconds)
    }

    public var description: String {
        var (days, rest) = Int(seconds).quotientAndRemainder(dividingBy: 86_400)
        // From the mean length of a year; off by one at most.
        var year = 1970 + days * 400 / 146_097
        while Self.days(toYear: year, month: 1) > days { year -= 1 }
        while Self.days(toYear: year + 1, month: 1) <= days { year += 1 }
        var month = 1
        while month < 12, Self.days(toYear: year, month: month + 1) <= days { month += 1 }
        days -= Self.days(toYear: year, month: month)
        let hour = rest / 3_600
        rest %= 3_600
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(two(month))-\(two(days + 1))T\(two(hour)):\(two(rest / 60)):\(two(rest % 60))Z"
    }

    public static func < (a: UTCTime, b: UTCTime) -> Bool { a.seconds < b.seconds }

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && !year.isMultiple(of: 100) || year.isMultiple(of: 400)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to the first of a month; negative before.
    private static func days(toYear year: Int, month: Int) -> Int {
        let before = year - 1
        let leapDays = before / 4 - before / 100 + before / 400 - 477  // 477 up to 1969
        return (year - 1970) * 365 + leapDays + (1..<month).reduce(0) { $0 + days(in: $1, of: year) }
    }
}
