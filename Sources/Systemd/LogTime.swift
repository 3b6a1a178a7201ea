import Glibc

/// The time of a log line: local, with its distance from UTC, to the millisecond (RFC 3339).
enum LogTime {
    static var now: String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(of: time)
    }

    static func text(of time: timespec) -> String {
        var seconds = time.tv_sec
        var local = tm()
        localtime_r(&seconds, &local)
        let date = [Int(local.tm_year) + 1900, Int(local.tm_mon) + 1, Int(local.tm_mday)]
        let clock = [local.tm_hour, local.tm_min, local.tm_sec].map { padded(Int($0)) }.joined(separator: ":")
        let (hours, rest) = abs(local.tm_gmtoff).quotientAndRemainder(dividingBy: 3_600)
        let zone = "\(local.tm_gmtoff < 0 ? "-" : "+")\(padded(hours)):\(padded(rest / 60))"
        return
            "\(date.map { padded($0) }.joined(separator: "-"))T\(clock).\(padded(time.tv_nsec / 1_000_000, 3))\(zone)"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(width - text.count, 0)) + text
    }
}
