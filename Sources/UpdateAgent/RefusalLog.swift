import Logging
import Timing
import UpdateTrust

/// Why manifests are not taken, in the log: each reason once, whoever else sends what to the group.
struct RefusalLog {
    private var logged: [ManifestRefusal] = []
    private var quietUntil = Instant(nanoseconds: 0)
    private var heaviest = -1

    /// How often a new reason is logged at most, as strangers can make them up: one that says more than all before is at once.
    private static let interval = Duration.seconds(10)
    private static let remembered = 16

    mutating func log(_ refusal: ManifestRefusal, at now: Instant, to log: Logger) {
        guard now >= quietUntil || refusal.weight > heaviest,
            !logged.contains(where: { $0.hasSameCause(as: refusal) })
        else { return }
        quietUntil = now + Self.interval
        heaviest = max(heaviest, refusal.weight)
        if logged.count == Self.remembered { logged.removeFirst() }
        logged.append(refusal)
        log.warning("not taken: \(refusal)")
    }
}
