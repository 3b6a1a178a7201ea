import Timing

/// What a receiver does at which time: give up, report, listen whether there is a next update.
struct ReceiveSchedule {
    enum Due: Equatable {
        case timeout
        /// Report, and bring to the disk what has come.
        case report
        /// Join the group to hear whether there is a next update.
        case listen
        /// Nothing new was heard: leave.
        case rest
        /// See what the host's interfaces are like.
        case network
        /// Try again to join.
        case retry
    }

    /// An update has been received in full.
    var hasCompleted = false {
        didSet { if hasCompleted { deadline = .distantFuture } }
    }
    private let interval: Duration
    private var deadline: Instant
    private var nextReport = Instant.distantFuture
    private var nextListening = Instant.distantFuture
    private var endOfListening = Instant.distantFuture
    private var beginningOfListening = Instant(nanoseconds: 0)
    private var nextExamination = Instant.distantFuture
    var nextRetry = Instant.distantFuture
    private var pausedUntil = Instant(nanoseconds: 0)

    /// Long enough for a sender to begin and for its manifest, which comes twice a second.
    private static let listening = Duration.seconds(5)
    /// Long enough for several manifests. Not less: anybody can send the old one again, so that hearing it says nothing of
    /// what the sender has.
    private static let shortListening = Duration.seconds(2)
    private let pause: Duration

    init(started: Instant, timeout: Duration?, follows: Bool, interval: Duration, pause: Duration) {
        self.pause = pause
        deadline = timeout.map { started + $0 } ?? .distantFuture
        self.interval = interval
    }

    /// When to ask `take`.
    var next: Instant {
        min(deadline, nextReport, nextListening, endOfListening, min(nextExamination, nextRetry))
    }

    mutating func examineNetwork(at instant: Instant) { nextExamination = instant }

    /// Sooner than it would have been.
    mutating func examineNetwork(soonest instant: Instant) { nextExamination = min(nextExamination, instant) }

    mutating func beginReports(at now: Instant) { nextReport = now + .seconds(1) }

    /// - Returns: whether to leave the group until `listen` is due.
    mutating func rest(at now: Instant) -> Bool {
        endOfListening = .distantFuture
        guard interval > .zero else { return false }
        nextListening = now + interval
        return true
    }

    /// Somebody sends the update that is here already: there is no need to wait any longer for a sender to begin.
    ///
    /// - Returns: whether `next` has changed.
    mutating func heardNothingNew() -> Bool {
        let end = beginningOfListening + Self.shortListening
        guard endOfListening != .distantFuture, end < endOfListening else { return false }
        endOfListening = end
        return true
    }

    /// Manifests are not looked at for a while: what one of them led to has failed.
    mutating func pause(at now: Instant) { pausedUntil = now + pause }

    func isPaused(at now: Instant) -> Bool { now < pausedUntil }

    /// What is due; each once.
    mutating func take(at now: Instant) -> [Due] {
        var due: [Due] = []
        if now >= deadline {
            due.append(.timeout)
            deadline = now + .milliseconds(100)  // if it is not given up, it is asked again
        }
        if now >= nextReport {
            due.append(.report)
            nextReport = .distantFuture
        }
        if now >= nextListening {
            due.append(.listen)
            nextListening = .distantFuture
            beginningOfListening = now
            endOfListening = now + Self.listening
        }
        if now >= endOfListening {
            due.append(.rest)
            endOfListening = .distantFuture
        }
        if now >= nextExamination {
            due.append(.network)
            nextExamination = .distantFuture
        }
        if now >= nextRetry {
            due.append(.retry)
            nextRetry = .distantFuture
        }
        return due
    }
}
