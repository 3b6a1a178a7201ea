import IPv6
import Timing

/// When each limit and each warning may be told again: a flood of what they are about must not become a flood of them.
struct RouterNotices: Sendable {
    private var limits = [Instant](repeating: Instant(nanoseconds: 0), count: MLDLimit.allCases.count)
    private var warnings = [Instant](repeating: Instant(nanoseconds: 0), count: MLDWarning.allCases.count)

    private var missingSource = Instant(nanoseconds: 0)

    private static let interval: UInt64 = 60_000_000_000

    mutating func permits(_ limit: MLDLimit, at now: Instant) -> Bool {
        Self.permits(&limits[Int(limit.rawValue)], at: now)
    }

    mutating func permits(_ warning: MLDWarning, at now: Instant) -> Bool {
        Self.permits(&warnings[Int(warning.rawValue)], at: now)
    }

    mutating func permitsMissingSource(at now: Instant) -> Bool { Self.permits(&missingSource, at: now) }

    private static func permits(_ next: inout Instant, at now: Instant) -> Bool {
        guard next <= now else { return false }
        next = now + interval
        return true
    }
}

extension MLDRouter {
    mutating func noteLimit(_ limit: MLDLimit, host: IPv6Address, at now: Instant, into actions: inout [Action]) {
        statistics.limits[limit] += 1
        if notices.permits(limit, at: now) { actions.append(.event(.limitReached(limit, host: host))) }
    }

    mutating func warn(_ warning: MLDWarning, of address: IPv6Address, at now: Instant, into actions: inout [Action]) {
        if notices.permits(warning, at: now) { actions.append(.event(.warning(warning, from: address))) }
    }
}
